"""What pages say when kie.ai cannot, will not, or is not sure that it did: (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "error.PROVIDER_RATE": (
        "Menunggu giliran di pembuat gambar.",
        "Waiting for its turn at the picture maker.",
    ),
    "error.STYLE_INVALID": (
        "Gaya ini salah diatur. Beri tahu admin, pilih gaya lain.",
        "This style is set up wrongly. Tell the administrator, choose another style.",
    ),
    "error.STYLE_MODEL_UNKNOWN": (
        "Model kie.ai ini tidak dikenal. Pilih salah satu: {allowed}.",
        "This model of kie.ai is not known. Choose one of: {allowed}.",
    ),
    "error.STYLE_PARAM_UNKNOWN": (
        "Model ini tidak punya pengaturan “{param}”. Yang ada: {allowed}.",
        "This model has no setting “{param}”. It has: {allowed}.",
    ),
    "error.STYLE_PARAM_INVALID": (
        "Pengaturan “{param}” hanya boleh: {allowed}.",
        "The setting “{param}” can only be: {allowed}.",
    ),
    "error.STYLE_PROMPT_INVALID": (
        "Tulis perintah gambar (prompt), paling panjang {allowed} huruf.",
        "Write the prompt, at most {allowed} characters.",
    ),
    "error.STYLE_IMAGES_INVALID": (
        "Gambar tambahan berupa daftar tautan https://, paling banyak {allowed}.",
        "More pictures are a list of https:// links, at most {allowed}.",
    ),
    "error.KIE_REFUSED": (
        "kie.ai menolak foto ini. Coba gaya lain.",
        "kie.ai refused this photo. Try another style.",
    ),
    "error.KIE_INVALID": (
        "kie.ai tidak menerima foto atau gaya ini. Coba gaya lain.",
        "kie.ai does not take this photo or style. Try another style.",
    ),
    "error.KIE_NOT_FOUND": (
        "kie.ai tidak mengenal permintaan ini.",
        "kie.ai does not know what it was asked for.",
    ),
    "error.KIE_KEY": (
        "Kunci kie.ai tidak berlaku. Beri tahu admin.",
        "The key for kie.ai is not valid. Tell the administrator.",
    ),
    "error.KIE_CREDITS": (
        "Kredit kie.ai habis. Beri tahu admin.",
        "The kie.ai credits are used up. Tell the administrator.",
    ),
    "error.KIE_FORBIDDEN": (
        "Akun kie.ai kami tidak boleh melakukan ini. Beri tahu admin.",
        "Our kie.ai account may not do this. Tell the administrator.",
    ),
    "error.KIE_FEATURE_OFF": (
        "kie.ai mematikan fitur ini untuk akun kami. Beri tahu admin.",
        "kie.ai has switched this off for our account. Tell the administrator.",
    ),
    "error.KIE_TROUBLE": ("kie.ai sedang bermasalah.", "kie.ai is having trouble."),
    "error.KIE_AWAY": ("kie.ai tidak menjawab.", "kie.ai does not answer."),
    "error.KIE_BLOCKED": (
        "Gerbang kie.ai menolak server ini (bukan soal kunci).",
        "kie.ai's gate turns this server away (not about the key).",
    ),
    "error.KIE_ANSWER_LOST": (
        "Jawaban kie.ai hilang: mungkin sudah dibayar. Lihat kie.ai/logs.",
        "kie.ai's answer was lost: it may be paid for. Look at kie.ai/logs.",
    ),
    "error.KIE_UPLOAD": ("Foto tidak sampai ke kie.ai.", "The photo did not get to kie.ai."),
    "error.KIE_NO_RESULT": (
        "kie.ai selesai tanpa gambar.",
        "kie.ai finished without a picture.",
    ),
    "error.KIE_RESULT_GONE": (
        "Gambar jadi belum bisa diambil dari kie.ai.",
        "The finished picture cannot be fetched from kie.ai yet.",
    ),
    "error.KIE_STUCK": (
        "kie.ai tidak selesai dalam 15 menit.",
        "kie.ai did not finish within 15 minutes.",
    ),
    "error.KIE_GENERATION_FAILED": (
        "kie.ai gagal membuat gambar ini.",
        "kie.ai could not make this picture.",
    ),
}
