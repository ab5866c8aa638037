import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import type { ChatToolCall } from "node-llm-trpc/react";
import { afterEach, describe, expect, it } from "vitest";
import type { AppToolCall } from "../app/app-types.ts";
import { ToolCard } from "./tool-card.tsx";
import type { ToolDecision } from "./tool-decision.ts";
import { RespondToToolContext } from "./tool-decision.ts";

const call: ChatToolCall = {
  toolCallId: "call_1",
  name: "send_email",
  arguments: { to: "ada@example.com", copies: 2, urgent: true },
  output: null,
  progress: null,
  result: null,
  status: "complete",
};

function show(
  changes: Partial<ChatToolCall>,
  isAccepted = true,
  isActive = true,
): { readonly decisions: ToolDecision[]; readonly card: HTMLElement } {
  const decisions: ToolDecision[] = [];
  const respondToTool = async (decision: ToolDecision): Promise<boolean> => {
    decisions.push(decision);
    return isAccepted;
  };
  const { container } = render(
    <RespondToToolContext value={respondToTool}>
      <ToolCard messageId="m1" call={fromWire({ ...call, ...changes })} isActive={isActive} />
    </RespondToToolContext>,
  );
  return { decisions, card: container };
}

/** A call as the page gets it: what the server has sent has the types of the tools, which it alone can promise. */
function fromWire(sent: ChatToolCall): AppToolCall {
  const received: AppToolCall = JSON.parse(JSON.stringify(sent));
  return received;
}

afterEach(cleanup);

describe("ToolCard", () => {
  it("shows JSON as names and values, with real line breaks, once opened", async () => {
    const result = JSON.stringify([{ document: "a.md", text: 'one\n"two"' }, { empty: {} }]);
    const { card } = show({ result });
    expect(screen.queryByRole("region")).toBeNull();
    const summary = card.querySelector("summary");
    expect(summary?.textContent).toContain("ada@example.com, 2, true");
    if (summary !== null) fireEvent.click(summary);
    const section = await screen.findByRole("group", { name: "Result" });
    expect(within(section).getByText("document").tagName).toBe("DT");
    expect(section.textContent).toContain('one\n"two"');
    expect(section.textContent).toContain("(empty)");
    expect(screen.getByRole("group", { name: "Arguments" }).textContent).toContain("urgenttrue");
  });

  it("shows a result that is not a JSON object or array as plain text", async () => {
    for (const result of ["plain", "[not json", '"quoted"', "12"]) {
      const { card } = show({ result });
      const summary = card.querySelector("summary");
      if (summary !== null) fireEvent.click(summary);
      const section = await within(card).findByRole("group", { name: "Result" });
      expect(section.textContent).toContain(result);
    }
  });

  it("appears before the first argument is whole, and shows what there is", () => {
    const { card } = show({ status: "writing", arguments: null });
    const summary = card.querySelector("summary");
    expect(summary?.textContent).toBe("send_emailPreparing");
    expect(card.querySelector(".animate-spin")).not.toBeNull();
    if (summary !== null) fireEvent.click(summary);
    expect(screen.queryByRole("region")).toBeNull();
    cleanup();
    const later = show({ status: "writing", arguments: { to: "ada@ex" } });
    expect(later.card.textContent).toContain("ada@exPreparing");
    cleanup();
    const ended = show({ status: "writing", arguments: { to: "ada@ex" } }, true, false);
    expect(ended.card.textContent).toContain("Interrupted");
  });

  it("labels each status", () => {
    const labels = {
      running: "Running",
      awaiting_approval: "Needs approval",
      awaiting_output: "Needs output",
      complete: "Done",
      error: "Failed",
      denied: "Denied",
    } as const;
    for (const [status, label] of Object.entries(labels)) {
      const { card } = show({ status: status as ChatToolCall["status"] });
      expect(card.querySelector("summary")?.textContent).toContain(label);
    }
    expect(show({ status: "running" }, true, false).card.textContent).toContain("Interrupted");
    for (const status of ["awaiting_approval", "awaiting_output"] as const) {
      const over = show({ status }, true, false).card;
      expect(over.textContent).toContain("Interrupted");
      expect(over.querySelector("button")).toBeNull();
    }
    expect(show({ status: "awaiting_output" }).card.querySelector(".animate-spin")).toBeNull();
  });

  it("shows how far a search is, and what it has found", async () => {
    const search = { name: "search_docs", arguments: { query: "stop" } } as const;
    const progress = { read: 7, documents: 22 };
    const running = show({ ...search, status: "running", progress });
    expect(running.card.querySelector("summary")?.textContent).toBe("search_docsstop7 of 22");
    cleanup();
    const output = [{ document: "docs/router.md", heading: "Router › Stop", text: "Call `stop`." }];
    const found = { ...search, output, progress: { read: 22, documents: 22 }, result: "told" };
    const { card } = show(found);
    const summary = card.querySelector("summary");
    expect(summary?.textContent).toContain("Done");
    if (summary !== null) fireEvent.click(summary);
    const section = await screen.findByRole("group", { name: "Result" });
    expect(section.textContent).toContain("1 section in 22 documents");
    expect(within(section).getByRole("heading", { name: "Router › Stop" })).toBeDefined();
    cleanup();
    // Calls from before have a text only.
    const old = show({ ...search, output: "[]", result: "[]" }).card.querySelector("summary");
    if (old !== null) fireEvent.click(old);
    expect((await screen.findByRole("group", { name: "Result" })).textContent).toContain("(empty)");
  });

  it("is open while it needs approval, and sends an approval once", async () => {
    const { decisions, card } = show({ status: "awaiting_approval" });
    expect(await screen.findByRole("group", { name: "Arguments" })).toBeDefined();
    expect(await screen.findByRole("group", { name: "Allow send_email to run?" })).toBeDefined();
    const approve = screen.getByRole("button", { name: "Approve" });
    fireEvent.click(approve);
    fireEvent.click(approve);
    await waitFor(() => expect(document.activeElement).toBe(card.querySelector("summary")));
    expect(decisions).toEqual([{ messageId: "m1", toolCallId: "call_1", approved: true }]);
  });

  it("denies with or without a reason, and lets the user go back", async () => {
    const { decisions } = show({ status: "awaiting_approval" }, false);
    fireEvent.click(await screen.findByRole("button", { name: "Deny…" }));
    const reason = screen.getByRole("textbox", { name: "Reason for denying" });
    expect(document.activeElement).toBe(reason);
    fireEvent.keyDown(reason, { key: "Escape" });
    expect(screen.queryByRole("textbox")).toBeNull();
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Deny…"));

    fireEvent.click(screen.getByRole("button", { name: "Deny…" }));
    fireEvent.click(screen.getByRole("button", { name: "Deny" }));
    expect(decisions).toEqual([{ messageId: "m1", toolCallId: "call_1", approved: false }]);
    // The server did not accept the decision, so the user can try again.
    const again = screen.getByRole<HTMLInputElement>("textbox");
    await waitFor(() =>
      expect(screen.getByRole<HTMLButtonElement>("button", { name: "Deny" }).disabled).toBe(false),
    );
    fireEvent.change(again, { target: { value: " not before noon " } });
    fireEvent.click(screen.getByRole("button", { name: "Deny" }));
    expect(decisions[1]).toMatchObject({ approved: false, reason: "not before noon" });
  });
});
