/** The webcam of the first run's test shot: opened in its place, one photo, sent as the booth's page sends it. */

import { upload } from "./api.js";
import { newKey } from "./drafts.js";
import { closeWebcam, grab, openWebcam } from "./webcam.js";

export const TrialWebcam = {
  /** `guest`: the booth's row of who is before the camera. */
  props: { scope: Object, booth: String, guest: Object },
  emits: ["on", "problem", "sent"],
  async mounted() {
    try {
      this.stream = await openWebcam();
      if (this.gone) { closeWebcam(this.stream); return; }
      this.$refs.video.srcObject = this.stream;
      await this.$refs.video.play();
      this.$emit("on");
    } catch (error) {
      if (!this.gone) this.$emit("problem", error);
    }
  },
  unmounted() { this.gone = true; closeWebcam(this.stream); },
  methods: {
    async shoot() {
      try {
        this.photo ??= await grab(this.$refs.video);
        if (!this.photo) throw Object.assign(new Error("nothing to see"), { code: "CAMERA_BUSY" });
        this.key ??= newKey(); // the same photo sent again is no second job
        const form = new FormData();
        const { sessionId, mode, styleId } = this.guest;
        const facts = { sessionId, eventId: this.scope.event, boothId: this.booth, mode, styleId };
        for (const [name, value] of Object.entries(facts)) form.append(name, value);
        form.append("image", this.photo, "webcam.jpg");
        this.$emit("sent", await upload("/jobs", form, { headers: { "Idempotency-Key": this.key } }));
      } catch (error) {
        this.$emit("problem", error);
      }
    },
  },
  template: `<video ref="video" class="mirror" playsinline muted></video>`,
};
