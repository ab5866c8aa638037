import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { Thinking } from "./thinking.tsx";

test("thoughts say that they go on, stay closed by themselves, and stay open for who reads them", () => {
  const { container, rerender } = render(<Thinking text="First" isGrowing />);
  const card = container.querySelector("details");
  expect(card?.querySelector("summary")?.textContent).toBe("Thinking…");
  expect(card?.open).toBe(false);
  card?.setAttribute("open", "");
  rerender(<Thinking text="First, then second" isGrowing={false} />);
  expect(card?.querySelector("summary")?.textContent).toBe("Thoughts");
  expect(card?.open).toBe(true);
  expect(card?.textContent).toContain("First, then second");
});
