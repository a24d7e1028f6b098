/** What browsers record speech as, best first; the server reads them all. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const BITS_PER_SECOND = 48_000;
const PART_MILLISECONDS = 1000;
const LEVEL_MILLISECONDS = 100;
const PROBLEMS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", NotReadableError: "busy" };

/** Why nothing can be recorded here: "insecure", "unsupported", or "" when it can. */
export function obstacle() {
  if (!isSecureContext) return "insecure";
  return navigator.mediaDevices?.getUserMedia && window.MediaRecorder && recordedType() ? "" : "unsupported";
}

export const recordedType = () => TYPES.find((type) => MediaRecorder.isTypeSupported(type));

/** One of "denied", "missing", "busy", "broken". */
export const problemOf = (error) => PROBLEMS[error.name] ?? "broken";

/**
 * One stretch of speech from the microphone.
 *
 * `onPart(blob)` gets what was recorded each second, `onLevel(0…1)` how loud it is, `onEnd()` comes last, also when
 * the microphone is pulled out.
 */
export class Take {
  static async begin(callbacks) {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return new Take(await navigator.mediaDevices.getUserMedia({ audio }), callbacks);
  }

  constructor(stream, { onPart, onLevel, onEnd }) {
    this.stream = stream;
    this.media = new MediaRecorder(stream, { mimeType: recordedType(), audioBitsPerSecond: BITS_PER_SECOND });
    this.media.addEventListener("dataavailable", (event) => event.data.size && onPart(event.data));
    this.media.addEventListener("stop", () => {
      this.#release();
      onEnd();
    });
    this.#measure(onLevel);
    this.spoken = 0;
    this.since = performance.now();
    this.media.start(PART_MILLISECONDS);
  }

  get milliseconds() {
    return this.spoken + (this.media.state === "recording" ? performance.now() - this.since : 0);
  }

  pause() {
    this.spoken = this.milliseconds;
    this.media.pause();
  }

  resume() {
    this.since = performance.now();
    this.media.resume();
  }

  end() {
    this.spoken = this.milliseconds;
    this.media.stop();
  }

  #measure(onLevel) {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      onLevel(Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
    }, LEVEL_MILLISECONDS);
  }

  #release() {
    clearInterval(this.timer);
    this.context.close();
    for (const track of this.stream.getTracks()) track.stop();
  }
}
