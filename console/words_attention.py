"""Words of the page of what needs a person, and of what is decided for many: (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "nav.attention": ("Perlu tindakan", "Attention"),
    "attention.title": ("Perlu tindakan", "Needs attention"),
    "attention.all": ("Semua", "All"),
    "attention.dead": ("Gagal", "Failed"),
    "attention.unknown": ("Sudah diterima?", "Was it taken?"),
    "attention.stalled": ("Tertahan", "Stuck"),
    "attention.calm": ("Tidak ada yang perlu tindakan", "Nothing needs your attention"),
    "attention.calmHint": (
        "Foto yang gagal, tertahan, atau perlu keputusan muncul di sini dengan sendirinya.",
        "Photos that failed, are stuck or need a decision appear here by themselves.",
    ),
    "attention.noneOf": ("Tidak ada foto seperti ini", "There are no photos like these"),
    "attention.since": ("sejak {at}", "since {at}"),
    "attention.choose": ("Pilih satu foto untuk memutuskan", "Choose a photo to decide about it"),
    "attention.chooseHint": (
        "Atau centang beberapa foto, lalu putuskan sekaligus.",
        "Or tick several and decide about all of them at once.",
    ),
    "attention.pick": ("Pilih foto {name}, {code}", "Select the photo of {name}, {code}"),
    "attention.pickAll": ("Pilih semua yang tampak", "Select all that are shown"),
    "attention.picked": ("{n} dipilih", "{n} selected"),
    "attention.limit": (
        "Acara {name} sudah memakai {spent} dari batas {limit} kredit. Pembuat berbayar berhenti sampai "
        "administrator menaikkan batasnya.",
        "The event {name} has used {spent} of its limit of {limit} credits. Paid makers stop until an "
        "administrator raises the limit.",
    ),
    "attention.toJob": ("Buka halaman foto ini", "Open this photo's page"),
    "attention.loading": ("Memuat…", "Loading…"),
    "bulk.replay": ("Lanjutkan {n}", "Replay {n}"),
    "bulk.replayTitle": ("{n} foto akan dilanjutkan", "{n} photos will be replayed"),
    "bulk.replayOne": ("1 foto akan dilanjutkan", "1 photo will be replayed"),
    "bulk.replayHint": (
        "Masing-masing mulai lagi dari langkah yang gagal; yang sudah selesai dan dibayar tetap.",
        "Each starts again at the step that failed; what is finished and paid stays.",
    ),
    "bulk.replayDo": ("Lanjutkan {n} foto", "Replay {n} {n:photo|photos}"),
    "bulk.replayDone": ("{n} foto dilanjutkan", "{n} {n:photo is|photos are} being replayed"),
    "bulk.original": ("Kirim asli {n}", "Send {n} {n:original|originals}"),
    "bulk.originalTitle": ("{n} tamu menerima foto aslinya", "{n} guests get their original photo"),
    "bulk.originalOne": ("1 tamu menerima foto aslinya", "1 guest gets their original photo"),
    "bulk.originalHint": (
        "Foto berbingkai tanpa gaya dikirim. Yang sudah diterima tamu tidak bisa ditarik kembali.",
        "The framed photo is sent without the style. What a guest has received cannot be taken back.",
    ),
    "bulk.originalDo": ("Kirim {n} foto asli", "Send {n} {n:original|originals}"),
    "bulk.originalDone": ("{n} foto asli dikirim", "{n} {n:original is|originals are} being sent"),
    "bulk.give": ("Hentikan {n}", "Give up {n}"),
    "bulk.giveTitle": ("{n} foto tidak dilanjutkan", "{n} photos will be given up"),
    "bulk.giveOne": ("1 foto tidak dilanjutkan", "1 photo will be given up"),
    "bulk.giveHint": (
        "Foto ini tidak lagi perlu tindakan. Nanti masih bisa dilanjutkan dari halamannya.",
        "These photos need nothing more. Each can still be replayed from its own page.",
    ),
    "bulk.giveDo": ("Hentikan {n} foto", "Give up {n} {n:photo|photos}"),
    "bulk.giveDone": ("{n} foto dihentikan", "{n} {n:photo|photos} given up"),
}
