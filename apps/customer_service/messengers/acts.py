"""What is done with the account of a messenger by the API."""

from apps.accounts.act_declaration import Act
from apps.customer_service.messengers import services
from apps.customer_service.messengers.models import MessengerAccount

CONNECT = Act(services.connect_messenger, MessengerAccount.objects.within)
