from django import forms
from django.utils.translation import gettext_lazy as _

from apps.medical_records.coding.models import Catalogue


class CatalogueForm(forms.ModelForm[Catalogue]):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "One entry on each line: code, name and, if there are any, other names; with tabs or as CSV. The "
            "national version of ICD-10 comes in this form from the health authority."
        ),
    )

    class Meta:
        model = Catalogue
        fields = ["system", "name", "language", "uri"]
        help_texts = {
            "uri": _("Such as http://hl7.org/fhir/sid/icd-10. It goes into exports; empty is fine."),
        }
