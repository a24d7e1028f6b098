from apps.core.desks import Desk, Page, Room

DESK = Desk(
    app="kongming_tasting",
    label="Tea tasting",
    url_prefix="tasting/",
    permissions={"tasting.taste": "Taste tea"},
    role_permissions={"admin": ["tasting.taste"]},
    room=Room("Tasting", "book", (Page("Cups", "kongming_tasting:cups", "tasting.taste"),)),
    jobs=("services",),
)
