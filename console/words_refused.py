"""Why an administrator's change is refused, and the next step; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "error.CHANGED_MEANWHILE": ("{by} mengubah ini barusan.", "{by} has just changed this."),
    "error.SLUG_TAKEN": (
        "Alamat ini sudah dipakai acara lain. Pilih yang lain.",
        "Another event has this address. Choose another.",
    ),
    "error.SLUG_INVALID": (
        "Pakai huruf kecil, angka, dan tanda hubung di tengah.",
        "Use small letters, digits and hyphens inside.",
    ),
    "error.BOOTH_EXISTS": (
        "Nama teknis ini sudah dipakai. Pilih yang lain.",
        "This technical name is taken. Choose another.",
    ),
    "error.BOOTH_ID_INVALID": ("Pakai huruf, angka, dan tanda hubung.", "Use letters, digits and hyphens."),
    "error.STYLE_EXISTS": (
        "Nama teknis ini sudah dipakai. Pilih yang lain.",
        "This technical name is taken. Choose another.",
    ),
    "error.STYLE_ID_INVALID": (
        "Pakai huruf kecil, angka, dan tanda hubung di tengah.",
        "Use small letters, digits and hyphens inside.",
    ),
    "error.STYLE_LAST": (
        "Ini satu-satunya gaya yang hidup. Hidupkan dulu yang lain.",
        "This is the only style that is on. Switch another one on first.",
    ),
    "error.PREVIEW_COSTS": (
        "Pembuat gaya ini berbayar. Coba dengan foto uji.",
        "This maker is paid. Try it with a test shot.",
    ),
    "error.PREVIEW_LATE": ("Contoh belum jadi. Coba lagi.", "The sample is not ready. Please try again."),
    "error.USERNAME_TAKEN": (
        "Nama ini sudah dipakai. Pilih yang lain.",
        "This name is taken. Choose another.",
    ),
    "error.USERNAME_INVALID": ("1 sampai 60 huruf tanpa spasi.", "1 to 60 characters without spaces."),
    "error.EVENTS_REQUIRED": ("Pilih paling sedikit satu acara.", "Choose at least one event."),
    "error.LAST_ADMIN": (
        "Harus ada satu administrator untuk semua acara. Jadikan orang lain administrator dulu.",
        "Somebody must administer every event. Make another person an administrator first.",
    ),
    "error.OWN_ACCOUNT": (
        "Hakmu sendiri hanya bisa dikurangi administrator lain.",
        "Only another administrator can take your own rights away.",
    ),
    "error.WHOLE_HOUSE_ONLY": (
        "Ini milik semua acara. Mintalah dari seseorang yang akunnya memegang semua acara.",
        "This belongs to every event. Ask somebody whose account has all events.",
    ),
    "error.PASSWORD_WRONG": ("Kata sandi sekarang salah.", "This is not your present password."),
    "error.PASSWORD_SAME": ("Pakai kata sandi yang lain.", "Use another password."),
    "error.PASSWORD_TOO_SHORT": ("Paling sedikit 8 huruf atau angka.", "At least 8 characters."),
    "error.FILE_NOT_OURS": (
        "Ini bukan konfigurasi acara photobot. Pilih berkas hasil ekspor.",
        "This is no configuration of a photobot event. Choose an exported file.",
    ),
    "error.FILE_TOO_NEW": (
        "Berkas ini dari photobot yang lebih baru. Perbarui dulu photobot di sini.",
        "This file comes from a newer photobot. Update this one first.",
    ),
    "error.FILE_DAMAGED": (
        "Berkas ini rusak di bagian “{place}”. Ekspor lagi dari asalnya.",
        "The file is damaged at “{place}”. Export it again where it came from.",
    ),
    "error.FILE_TOO_LARGE": ("Berkas ini lebih dari 40 MB.", "This file has more than 40 MB."),
    "error.PARAMS_TOO_DEEP": (
        "Parameter ini bersarang terlalu dalam. Buat lebih sederhana.",
        "These parameters are nested too deep. Make them simpler.",
    ),
    "error.PARAMS_INVALID": ("Ini bukan JSON yang utuh.", "This is not whole JSON."),
    "error.LIMIT_INVALID": ("Isi angka 0 atau lebih.", "Type a number, 0 or more."),
    "error.OVERLAY_UNSUITABLE.kind": (
        "Bingkai harus berkas PNG dengan bagian tembus pandang.",
        "A frame is a PNG file with see-through parts.",
    ),
    "error.OVERLAY_UNSUITABLE.small": (
        "Bingkai ini {width} × {height} piksel; tiap sisi minimal 600.",
        "This frame has {width} × {height} pixels; each edge needs 600.",
    ),
    "error.OVERLAY_UNSUITABLE.large": (
        "Bingkai ini {width} × {height} piksel; tiap sisi paling banyak 6000.",
        "This frame has {width} × {height} pixels; each edge may have 6000.",
    ),
    "error.OVERLAY_UNSUITABLE.opaque": (
        "Bingkai ini tidak punya bagian tembus pandang, jadi menutupi seluruh foto.",
        "This frame has no see-through part: it would hide the whole photo.",
    ),
    "error.OVERLAY_UNSUITABLE.empty": (
        "Bingkai ini tembus pandang seluruhnya, jadi tidak terlihat.",
        "This frame is see-through everywhere: nothing of it would be seen.",
    ),
    "error.OVERLAY_UNSUITABLE.damaged": (
        "Berkas ini tidak bisa dibaca. Simpan lagi sebagai PNG.",
        "This file cannot be read. Save it as PNG again.",
    ),
}
