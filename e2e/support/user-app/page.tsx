import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { createChatHooks } from "node-llm-trpc/react";
import { useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import type { AppRouter } from "../../../test/support/servers/create-app-router.ts";

/** The user in the cookie that the server reads. */
const readUser = (): string | null => /user=(\w+)/.exec(document.cookie)?.[1] ?? null;

let user = readUser();
let render = (): void => {};
function logIn(next: string): void {
  document.cookie = `user=${next}; path=/`;
  user = next;
  render();
}

function useUser(): string | null {
  return useSyncExternalStore(
    (listener) => {
      render = listener;
      return () => {};
    },
    () => user,
  );
}

const url = "/trpc";
const client = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: ({ type }) => type === "subscription",
      true: httpSubscriptionLink({ url }),
      false: httpBatchLink({ url }),
    }),
  ],
});

const { useChat, useChatList } = createChatHooks(() => client.chat, { user: () => user });

function App() {
  const name = useUser();
  return (
    <>
      <h1>{name}</h1>
      <button onClick={() => logIn("eve")}>Log in as eve</button>
      <Chats key="chats" />
      <Chat key="chat" />
    </>
  );
}

function Chats() {
  const { chats, isLoading, renameChat } = useChatList();
  return (
    <ul aria-label="Chats" aria-busy={isLoading}>
      {chats.map((chat) => (
        <li key={chat.id}>
          {chat.title}
          <button onClick={() => void renameChat(chat.id, "anna’s renamed chat")}>Rename</button>
        </li>
      ))}
    </ul>
  );
}

function Chat() {
  const chatId = new URL(location.href).searchParams.get("chat");
  const { messages, error, sendMessage } = useChat({ chatId });
  return (
    <main>
      {messages.map((message) => (
        <p key={message.id} data-status={message.status}>
          {message.content}
        </p>
      ))}
      {error !== null && <p role="alert">{error.code}</p>}
      <button onClick={() => void sendMessage("anna asks")}>Ask</button>
    </main>
  );
}

const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
createRoot(document.body.appendChild(document.createElement("div"))).render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
);
