import sharp from "sharp";

import type { Frame } from "./record-frames.ts";

const gap = 12;
const captionHeight = 56;
const background = "#0b1220";

/** Writes an animated WebP with the tabs of each frame side by side, above what happens in it. */
export async function encodeFrames(
  frames: readonly Frame[],
  tab: { readonly width: number; readonly height: number },
  file: string,
): Promise<void> {
  const count = frames[0]?.tabs.length ?? 0;
  const width = count * tab.width + (count + 1) * gap;
  const height = tab.height + gap + captionHeight;
  const pictures = await Promise.all(
    frames.map(async ({ tabs, caption }) => {
      const layers = tabs.map((input, index) => ({
        input,
        left: gap + index * (tab.width + gap),
        top: gap,
      }));
      const text = `<svg width="${width}" height="${captionHeight}"><text x="50%" y="36" text-anchor="middle" font-family="DejaVu Sans Mono, monospace" font-size="22" fill="#e2e8f0">${caption}</text></svg>`;
      return await sharp({ create: { width, height, channels: 3, background } })
        .composite([...layers, { input: Buffer.from(text), left: 0, top: gap + tab.height }])
        .png()
        .toBuffer();
    }),
  );
  await sharp(pictures, { join: { animated: true } })
    .webp({
      quality: 70,
      effort: 4,
      loop: 0,
      delay: frames.map(({ delay }) => Math.round(delay)),
    })
    .toFile(file);
}
