"""Words of an account's own page (where it is signed in) and of the sounds; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "error.SIGN_IN_NOT_FOUND": ("Sesi masuk itu sudah berakhir.", "That sign-in is over already."),
    "nav.signIns": ("Tempat saya masuk", "Where I am signed in"),
    "nav.sounds": ("Suara", "Sounds"),
    "nav.soundsOn": ("Suara menyala: matikan", "Sounds are on: turn them off"),
    "nav.soundsOff": ("Suara mati: nyalakan", "Sounds are off: turn them on"),
    "signIns.title": ("Di mana akunmu dipakai", "Where you are signed in"),
    "signIns.lead": (
        "Akun {name}. Akhiri yang tidak kamu kenal, lalu minta admin mengganti kata sandinya.",
        "Account {name}. End what you do not know, then ask an administrator for a new password.",
    ),
    "signIns.here": ("Browser ini", "This browser"),
    "signIns.program": ("Program", "Program"),
    "signIns.unknown": ("Browser tidak dikenal", "Unknown browser"),
    "signIns.on": ("{browser} di {system}", "{browser} on {system}"),
    "signIns.began": ("Masuk {when}", "Signed in {when}"),
    "signIns.used": ("Terakhir dipakai {when}", "Last used {when}"),
    "signIns.usedNow": ("Sedang dipakai", "In use now"),
    "signIns.until": ("Berlaku sampai {when}", "Holds until {when}"),
    "signIns.end": ("Akhiri", "End it"),
    "signIns.endOthers": ("Akhiri semua yang lain", "End all others"),
    "signIns.ended": (
        "Diakhiri. Layarnya keluar dalam sepuluh detik.",
        "Ended. Its screen leaves within ten seconds.",
    ),
    "signIns.endedMany": ("{n} sesi diakhiri.", "{n} sign-ins were ended."),
    "signIns.only": ("Kamu hanya masuk di browser ini.", "You are signed in here only."),
}
