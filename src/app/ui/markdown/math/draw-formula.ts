import katex from "katex";
import "katex/dist/katex.min.css";

/**
 * Draws a formula into an element. KaTeX builds the elements itself, so a content security policy needs to allow neither
 * inline styles nor scripts.
 *
 * @returns false if the formula has an error
 */
export function drawFormula(source: string, element: HTMLElement, isDisplay: boolean): boolean {
  try {
    katex.render(source, element, {
      displayMode: isDisplay,
      throwOnError: true,
      strict: "ignore",
      trust: false,
      maxSize: 20,
      maxExpand: 200,
    });
    return true;
  } catch (error) {
    if (error instanceof katex.ParseError) return false;
    throw error;
  }
}
