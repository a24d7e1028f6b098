from django import forms
from django.utils.translation import gettext_lazy as _

from apps.medical_records.coding.models import Catalogue


class CatalogueForm(forms.ModelForm[Catalogue]):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "One entry per line: code, name and optional other names, tab-separated or CSV. The "
            "national version of ICD-10 is available in this form from the health authority."
        ),
    )

    class Meta:
        model = Catalogue
        fields = ["system", "name", "language", "uri"]
        help_texts = {
            "uri": _("For example http://hl7.org/fhir/sid/icd-10. Included in exports; optional."),
        }
