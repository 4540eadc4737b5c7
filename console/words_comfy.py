"""What people read when ComfyUI, or a workflow for it, fails. Each entry is (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "error.COMFY_UNREACHABLE": ("ComfyUI tidak terjangkau.", "ComfyUI cannot be reached."),
    "error.COMFY_SLOW": ("ComfyUI terlalu lama menjawab.", "ComfyUI takes too long to answer."),
    "error.COMFY_ERROR": ("ComfyUI bermasalah.", "ComfyUI has a fault inside."),
    "error.COMFY_REFUSED": ("ComfyUI menolak photobot.", "ComfyUI refuses photobot."),
    "error.COMFY_NOT_THERE": (
        "Di alamat ComfyUI ada layanan lain.",
        "Something else answers at ComfyUI's address.",
    ),
    "error.COMFY_NOT_SET_UP": ("ComfyUI belum dipasang di sini.", "No ComfyUI is set up here."),
    "error.COMFY_UPLOAD_REFUSED": ("Gambarnya terlalu besar.", "The picture is too large."),
    "error.COMFY_REQUEST_REFUSED": ("ComfyUI menolak permintaan ini.", "ComfyUI refused the request."),
    "error.COMFY_ANSWER_LOST": (
        "Belum jelas apakah ComfyUI menerima foto ini.",
        "It is not known whether ComfyUI took this photo.",
    ),
    "error.COMFY_INPUT_GONE": (
        "ComfyUI kehilangan fotonya.",
        "ComfyUI no longer has the photo it was sent.",
    ),
    "error.COMFY_OUTPUT_GONE": (
        "ComfyUI kehilangan gambar hasilnya.",
        "ComfyUI no longer has the finished picture.",
    ),
    "error.COMFY_RESULT_BROKEN": ("Gambar hasilnya rusak.", "The finished picture is damaged."),
    "error.COMFY_LOST": ("ComfyUI dimulai ulang.", "ComfyUI was restarted."),
    "error.COMFY_OUT_OF_MEMORY": ("Memori ComfyUI tidak cukup.", "ComfyUI ran out of memory."),
    "error.COMFY_NODE_OFFLINE": (
        "ComfyUI tidak bisa menjangkau layanan lain.",
        "ComfyUI could not reach another service.",
    ),
    "error.COMFY_NODE_FAILED": ("Gaya ini gagal di ComfyUI.", "This style failed in ComfyUI."),
    "error.COMFY_IMAGE_UNREADABLE": (
        "ComfyUI tidak bisa membaca fotonya.",
        "ComfyUI could not read the photo.",
    ),
    "error.COMFY_INTERRUPTED": (
        "Seseorang menghentikannya di ComfyUI.",
        "Somebody stopped it in ComfyUI.",
    ),
    "error.COMFY_NO_OUTPUT": (
        "Alur kerja ini tidak menghasilkan gambar.",
        "The workflow ended without a picture.",
    ),
    "error.COMFY_STUCK": ("ComfyUI macet.", "ComfyUI is stuck."),
    "error.CANCELLED": ("Dihentikan atas permintaan.", "Stopped on request."),
    "error.STYLE_PARAM_INVALID": (
        "Isian gaya ini salah. Beri tahu administrator.",
        "This style's settings are wrong. Tell the administrator.",
    ),
    "error.WORKFLOW_REFUSED": (
        "ComfyUI menolak alur kerja gaya ini. Beri tahu administrator.",
        "ComfyUI refused this style's workflow. Tell the administrator.",
    ),
    "error.WORKFLOW_BROKEN": (
        "Alur kerja gaya ini tidak bisa dibaca. Beri tahu administrator.",
        "This style's workflow cannot be read. Tell the administrator.",
    ),
    "error.WORKFLOW_INVALID": ("Alur kerja ini tidak bisa dipakai.", "This workflow cannot be used."),
    "error.WORKFLOW_NOT_FOUND": ("Gaya ini tidak punya alur kerja.", "This style has no workflow."),
    "error.WORKFLOW_BY_INSTALLING": (
        "Alur kerja dipasang dengan mengirim berkasnya.",
        "A workflow is installed by sending its file.",
    ),
}
