from django.contrib.admin.apps import AdminConfig


class OperatorsAdminConfig(AdminConfig):
    default_site = "apps.accounts.admin_site.OperatorsSite"
