/** What the page imports. */
interface PageImports {
  /** Where the tRPC client comes from, and what is imported from there. */
  readonly from: string;
  readonly name: string;
  /** The expression of the client. */
  readonly client: string;
}

/** The page at `/chat`, in Prettier's default style and with what the lint rules of Next.js, T3 and Biome ask for. */
export function chatPageCode({ from, name, client }: PageImports): string {
  const hooks = `const { useChat, useChatList } = createChatHooks(() => ${client}.chat);`;
  return `"use client";

import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import {
  type ChatMessage,
  createChatHooks,
  messageParts,
} from "node-llm-trpc/react";
import { Suspense, useState } from "react";

import { ${name} } from "${from}";

${hooks.length <= 80 ? hooks : hooks.replace("(() => ", "(\n  () => ").replace(/\);$/, ",\n);")}

export default function ChatPage() {
  return (
    <Suspense>
      <Chats />
    </Suspense>
  );
}

/** The list of chats beside the one in the address: /chat?id=… */
function Chats() {
  const chatId = useSearchParams().get("id");
  const router = useRouter();
  const { chats, deleteChat, error, hasMore, loadMore } = useChatList();

  const remove = async (id: string) => {
    const result = await deleteChat(id);
    if (result.ok && id === chatId) router.replace("/chat");
  };

  return (
    <div className="mx-auto flex h-dvh max-w-5xl flex-col gap-4 p-4 md:flex-row">
      <nav
        aria-label="Chats"
        className="max-h-32 shrink-0 overflow-y-auto md:max-h-none md:w-56"
      >
        <Link className="font-semibold underline" href="/chat">
          New chat
        </Link>
        <ul>
          {chats.map(({ id, title }) => (
            <li className="flex justify-between gap-2 py-1" key={id}>
              <Link
                aria-current={id === chatId ? "page" : undefined}
                className="truncate aria-[current=page]:font-semibold"
                href={\`/chat?id=\${id}\`}
              >
                {title ?? "Untitled"}
              </Link>
              <button
                aria-label={\`Delete \${title ?? "Untitled"}\`}
                onClick={() => void remove(id)}
                type="button"
              >
                ×
              </button>
            </li>
          ))}
        </ul>
        {hasMore && (
          <button onClick={() => void loadMore()} type="button">
            More
          </button>
        )}
        {error && <p role="alert">{error.message}</p>}
      </nav>
      <Chat chatId={chatId} />
    </div>
  );
}

function Chat({ chatId }: { chatId: string | null }) {
  const router = useRouter();
  const [draft, setDraft] = useState("");
  const chat = useChat({
    chatId,
    onChatCreated: ({ id }) => router.replace(\`/chat?id=\${id}\`),
  });
  const { error, messages, status } = chat;
  const isBusy = status === "submitted" || status === "streaming";
  const newest = messages.at(-1);
  // A message that was refused is in the textbox again, and the answer before it
  // stays as it is.
  const lacksAnswer = newest?.role === "user" || newest?.error?.retryable;

  const send = async () => {
    const text = draft.trim();
    if (text === "" || isBusy) return;
    setDraft("");
    const result = await chat.sendMessage(text);
    // What was refused goes back into the textbox.
    if (!result.ok) setDraft((newer) => (newer === "" ? text : newer));
  };

  return (
    <main className="flex min-h-0 min-w-0 flex-1 flex-col gap-4">
      {/* The reversed column keeps the end in view while an answer grows. */}
      <div className="flex flex-1 flex-col-reverse overflow-y-auto">
        <div className="mb-auto flex flex-col gap-4" role="log">
          {chat.hasOlder && (
            <button onClick={() => void chat.loadOlder()} type="button">
              Older messages
            </button>
          )}
          {messages.map((message) => (
            <Message
              decide={(toolCallId, approved) =>
                void chat.respondToTool({ toolCallId, approved })
              }
              key={message.id}
              message={message}
            />
          ))}
        </div>
      </div>
      {error && (
        <p className="text-red-600" role="alert">
          {error.message}{" "}
          {error.retryable && lacksAnswer && (
            <button
              className="underline"
              onClick={() => void chat.regenerate()}
              type="button"
            >
              Retry
            </button>
          )}
        </p>
      )}
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          aria-label="Message"
          className="min-w-0 flex-1 resize-none rounded-lg border border-current/30 p-3"
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            const isEnter = event.key === "Enter" && !event.shiftKey;
            if (!isEnter || event.nativeEvent.isComposing) return;
            event.preventDefault();
            void send();
          }}
          placeholder="Ask anything"
          rows={1}
          value={draft}
        />
        {isBusy ? (
          <button
            className="rounded-lg border border-current/30 px-4"
            onClick={() => void chat.stop()}
            type="button"
          >
            Stop
          </button>
        ) : (
          <button
            className="rounded-lg border border-current/30 px-4"
            type="submit"
          >
            Send
          </button>
        )}
      </form>
    </main>
  );
}

interface MessageProps {
  message: ChatMessage;
  decide: (toolCallId: string, approved: boolean) => void;
}

function Message({ decide, message }: MessageProps) {
  const { content, error, id, role, status } = message;
  return (
    <article
      className="rounded-lg data-[role=user]:self-end data-[role=user]:bg-current/10 data-[role=user]:px-4 data-[role=user]:py-2"
      data-message-id={id}
      data-role={role}
      data-status={status}
    >
      {role === "user" ? (
        <Text text={content} />
      ) : (
        messageParts(message).map((part, index) => {
          // Parts are only ever added at the end.
          const key = \`\${part.type}-\${index}\`;
          if (part.type === "text") return <Text key={key} text={part.text} />;
          if (part.type === "thinking") {
            return (
              <details className="opacity-70" key={key}>
                <summary>Thinking</summary>
                <p className="whitespace-pre-wrap">{part.text}</p>
              </details>
            );
          }
          if (part.type !== "tool") return null;
          const call = part.toolCall;
          return (
            <p className="opacity-70" key={key}>
              {call.name}: {call.status.replace("_", " ")}
              {call.status === "awaiting_approval" && (
                <>
                  {" "}
                  <button
                    className="underline"
                    onClick={() => decide(call.toolCallId, true)}
                    type="button"
                  >
                    Allow
                  </button>{" "}
                  <button
                    className="underline"
                    onClick={() => decide(call.toolCallId, false)}
                    type="button"
                  >
                    Deny
                  </button>
                </>
              )}
            </p>
          );
        })
      )}
      {status === "pending" && <p className="opacity-70">…</p>}
      {status === "stopped" && <p className="opacity-70">Stopped</p>}
      {status === "interrupted" && <p className="opacity-70">Interrupted</p>}
      {error && <p className="text-red-600">{error.message}</p>}
    </article>
  );
}

function Text({ text }: { text: string }) {
  return (
    <p className="wrap-anywhere whitespace-pre-wrap" data-message-content>
      {text}
    </p>
  );
}
`;
}
