import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Thinking } from "./thinking.tsx";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-03-05T10:00:00Z") });
  sessionStorage.clear();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("starts closed, and stays open once opened", () => {
  const props = { id: "open", startedAt: null };
  const { container, rerender } = render(<Thinking {...props} text="First" isStreaming />);
  expect(container.textContent).toBe("Thinking…");
  const summary = container.querySelector("summary");
  if (summary !== null) fireEvent.click(summary);
  rerender(<Thinking {...props} text="First, then second" isStreaming={false} />);
  expect(container.querySelector("details")?.open).toBe(true);
  expect(container.textContent).toContain("First, then second");
});

test("counts the seconds, and keeps the sum", () => {
  const props = { id: "counted", text: "Hm", startedAt: "2026-03-05T09:59:58Z" };
  const { container, rerender, unmount } = render(<Thinking {...props} isStreaming />);
  expect(container.textContent).toBe("Thinking… 2 s");
  act(() => void vi.advanceTimersByTime(10_000));
  expect(container.textContent).toBe("Thinking… 12 s");
  act(() => void vi.advanceTimersByTime(60_900));
  rerender(<Thinking {...props} isStreaming={false} />);
  expect(container.textContent).toBe("Thought for 1 min 12 s");
  unmount();
  expect(render(<Thinking {...props} isStreaming={false} />).container.textContent).toBe(
    "Thought for 1 min 12 s",
  );
});

test("does not invent a time that nobody has seen", () => {
  const { container } = render(
    <Thinking id="old" text="Hm" isStreaming={false} startedAt={null} />,
  );
  expect(container.textContent).toBe("Thoughts");
});

test("does not take the last second that it has seen for the end", () => {
  const props = { id: "left", text: "Hm", startedAt: null };
  const { unmount } = render(<Thinking {...props} isStreaming />);
  act(() => void vi.advanceTimersByTime(3_000));
  unmount();
  vi.advanceTimersByTime(60_000);
  const { container } = render(<Thinking {...props} isStreaming={false} />);
  expect(container.textContent).toBe("Thoughts");
});

test("goes on counting when it is shown again", () => {
  const props = { id: "shown again", text: "Hm", startedAt: null };
  render(<Thinking {...props} isStreaming />).unmount();
  vi.advanceTimersByTime(5_000);
  const { container, rerender } = render(<Thinking {...props} isStreaming />);
  expect(container.textContent).toBe("Thinking… 5 s");
  act(() => void vi.advanceTimersByTime(2_000));
  rerender(<Thinking {...props} isStreaming={false} />);
  expect(container.textContent).toBe("Thought for 7 s");
});
