import { SeededRandom } from "../seeded-random.ts";

/** What the provider does in one of its calls for an answer. */
export interface PlannedStep {
  readonly pieces: readonly { readonly text: string; readonly delayMs: number }[];
  readonly toolCalls: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
  }[];
  /** Whether the provider's connection breaks at the end of the step. */
  readonly breaks: boolean;
}

/**
 * Plans what the provider answers to a question the first, second, … time: text in pieces at some pace, and in
 * many answers steps with one to three tool calls. The plan depends only on the arguments.
 */
export function planAnswer(seed: string, token: string, attempt: number): readonly PlannedStep[] {
  const random = new SeededRandom(`${seed}/${token}/${attempt}`);
  const count = random.chance(0.5) ? 1 : random.between(2, 3);
  return Array.from({ length: count }, (_, step) => {
    const isLast = step === count - 1;
    const pace = random.between(30, 150);
    const pieces = Array.from({ length: random.between(isLast ? 8 : 0, 25) }, (__, index) => ({
      text: random.chance(0.05) ? "🙂 " : `${step}w${index} `,
      delayMs: random.chance(0.03) ? random.between(300, 900) : random.between(1, pace * 2),
    }));
    const label = { text: `${token}.${attempt}: `, delayMs: random.between(0, 150) };
    const calls = isLast ? 0 : random.between(1, 3);
    return {
      pieces: (step === 0 && pieces.length > 0 ? [label, ...pieces] : pieces).flatMap(halveEmoji),
      toolCalls: Array.from({ length: calls }, (__, index) => ({
        id: `call_${token}_${attempt}_${step}_${index}`,
        name: random.chance(0.15) ? "guarded" : "work",
        arguments: JSON.stringify({ ms: random.between(0, 400), say: `${token}.${step}.${index}` }),
      })),
      breaks: isLast && random.chance(0.04),
    };
  });
}

/** Returns the whole text of a planned answer. */
export function plannedText(plan: readonly PlannedStep[]): string {
  return plan.flatMap((step) => step.pieces.map((piece) => piece.text)).join("");
}

/** Splits a surrogate pair in two pieces, as real providers sometimes do. */
function halveEmoji(piece: { text: string; delayMs: number }) {
  if (!piece.text.startsWith("🙂")) return [piece];
  return [
    { text: piece.text.slice(0, 1), delayMs: piece.delayMs },
    { text: piece.text.slice(1), delayMs: 5 },
  ];
}
