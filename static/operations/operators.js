// The pages of operators in the admin, which loads no script of the portal's: forms ask before they are sent, and once.
import { startForms } from "../portal/forms.js";

startForms();
