/**
 * Makes one frame of several that follow each other in a stream of OpenAI's chat completions, where they differ in
 * nothing but the text of the answer. Core takes each frame apart, and hands it on through several generators: a
 * frame costs it ten times what it costs here. All other frames, and all that is cut, stay as they are, byte for byte.
 */
export class FrameMerger {
  /** What stands around the text of the newest frame with nothing but text. */
  #shape: Shape | null = null;

  merge(bytes: Uint8Array): Uint8Array {
    const { buffer, byteOffset, byteLength } = bytes;
    // In UTF-8, no byte of another character is one of ASCII.
    const text = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    // What is there of a frame that goes on stays outside; what is left of one that began before is none by itself.
    const tail = text.lastIndexOf(frameEnd);
    if (tail === -1) return bytes;
    const frames = text.slice(0, tail).split(frameEnd);
    const merged = this.#mergeFrames(frames);
    if (merged.length === frames.length) return bytes;
    return Buffer.from(merged.join(frameEnd) + text.slice(tail), "latin1");
  }

  #mergeFrames(frames: readonly string[]): string[] {
    const merged: string[] = [];
    let shape: Shape | null = null;
    let content = "";
    for (const frame of frames) {
      const next = this.#contentOf(frame);
      if (next === null || shape === null || shape !== this.#shape) {
        merged.push(frame);
        shape = next === null ? null : this.#shape;
        content = next ?? "";
        continue;
      }
      content += next;
      merged[merged.length - 1] = shape.prefix + content + shape.suffix;
    }
    return merged;
  }

  /** The text of a frame that has nothing else, as it is written in JSON; `#shape` is then what stands around it. */
  #contentOf(frame: string): string | null {
    const bare = withoutPadding(frame);
    const known = this.#shape === null ? null : textBetween(bare, this.#shape);
    if (known !== null) return known;
    const [, prefix, content, suffix] = plainFrame.exec(bare) ?? [];
    if (prefix === undefined || content === undefined || suffix === undefined) return null;
    const around = prefix.slice(0, prefix.lastIndexOf('"choices"')) + suffix;
    if (meansMore.test(around)) return null;
    this.#shape = { prefix, suffix };
    return content;
  }
}

interface Shape {
  readonly prefix: string;
  readonly suffix: string;
}

const frameEnd = "\n\n";

/** A frame whose first choice has a text, and besides it nothing but its role and what is null. */
const plainFrame =
  /^(data: \{.*?"choices": ?\[\{(?:"index": ?0, ?)?"delta": ?\{(?:"role": ?"assistant", ?)?"content": ?")((?:[^"\\]|\\.)*)("(?:, ?(?:"role": ?"assistant"|"[a-z_]+": ?null))*\}.*\})$/;

/** What else core reads in a frame, and a second choice. */
const meansMore =
  /"(?:usage|error|tool_calls|reasoning_content|finish_reason|delta|choices)":(?!\s*(?:null|""))/;

const jsonText = /^(?:[^"\\]|\\.)*$/;

function textBetween(frame: string, { prefix, suffix }: Shape): string | null {
  if (frame.length < prefix.length + suffix.length) return null;
  if (!frame.startsWith(prefix) || !frame.endsWith(suffix)) return null;
  const text = frame.slice(prefix.length, frame.length - suffix.length);
  return jsonText.test(text) ? text : null;
}

/** OpenAI hides the length of a frame behind a field of random length, which says nothing. */
function withoutPadding(frame: string): string {
  const start = frame.lastIndexOf(',"obfuscation":"');
  return start !== -1 && padding.test(frame.slice(start)) ? `${frame.slice(0, start)}}` : frame;
}

const padding = /^,"obfuscation":"[^"\\]*"\}$/;
