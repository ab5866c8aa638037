/**
 * Merges consecutive frames of an OpenAI chat completions stream that differ only in the text of the answer. Core
 * parses each frame and passes it through several generators, which costs ten times as much as merging it here. All
 * other frames, and incomplete ones, stay as they are, byte for byte.
 */
export class FrameMerger {
  /** What surrounds the text in the last frame that had only text. */
  #shape: Shape | null = null;

  merge(bytes: Uint8Array): Uint8Array {
    const { buffer, byteOffset, byteLength } = bytes;
    // In UTF-8, no byte of another character is an ASCII byte, so the text need not be decoded.
    const text = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    // The start of a frame that has not ended is left out. The rest of one that began earlier matches no pattern.
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

  /** The text of a frame that has only text, in its JSON form, or null. Sets `#shape` to what surrounds the text. */
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

/** A frame whose first choice has a text, a role at most, and otherwise only fields that are null. */
const plainFrame =
  /^(data: \{.*?"choices": ?\[\{(?:"index": ?0, ?)?"delta": ?\{(?:"role": ?"assistant", ?)?"content": ?")((?:[^"\\]|\\.)*)("(?:, ?(?:"role": ?"assistant"|"[a-z_]+": ?null))*\}.*\})$/;

/** Fields that core reads besides the text, and a second choice. */
const meansMore =
  /"(?:usage|error|tool_calls|reasoning_content|finish_reason|delta|choices)":(?!\s*(?:null|""))/;

const jsonText = /^(?:[^"\\]|\\.)*$/;

function textBetween(frame: string, { prefix, suffix }: Shape): string | null {
  if (frame.length < prefix.length + suffix.length) return null;
  if (!frame.startsWith(prefix) || !frame.endsWith(suffix)) return null;
  const text = frame.slice(prefix.length, frame.length - suffix.length);
  return jsonText.test(text) ? text : null;
}

/** Removes the field of random length with which OpenAI hides the length of a frame's text. */
function withoutPadding(frame: string): string {
  const start = frame.lastIndexOf(',"obfuscation":"');
  return start !== -1 && padding.test(frame.slice(start)) ? `${frame.slice(0, start)}}` : frame;
}

const padding = /^,"obfuscation":"[^"\\]*"\}$/;
