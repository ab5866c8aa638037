import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { Thinking } from "./thinking.tsx";

test("starts closed, shows that the model is thinking, and stays open once opened", () => {
  const { container, rerender } = render(<Thinking text="First" isStreaming />);
  const card = container.querySelector("details");
  expect(card?.querySelector("summary")?.textContent).toBe("Thinking…");
  expect(card?.open).toBe(false);
  card?.setAttribute("open", "");
  rerender(<Thinking text="First, then second" isStreaming={false} />);
  expect(card?.querySelector("summary")?.textContent).toBe("Thoughts");
  expect(card?.open).toBe(true);
  expect(card?.textContent).toContain("First, then second");
});
