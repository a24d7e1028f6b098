"""What members do with the switches of their organisation."""

from apps.accounts.act_declaration import Act
from apps.operations.switches import services
from apps.operations.switches.forms import SwitchForm

CHANGE_SWITCH = Act(services.switch, form=SwitchForm, at="switches/change/", back="operations:switches")
