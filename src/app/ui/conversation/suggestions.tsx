"use client";

const suggestions = [
  { title: "Mount the router", text: "How do I mount the chat router in my tRPC app?" },
  { title: "Survive a crash", text: "What happens when the process is killed?" },
  { title: "Open two tabs", text: "What do other tabs see of an answer?" },
  { title: "Approve a tool", text: "Send feedback: it is good that you ask me first" },
];

export function Welcome() {
  return (
    <div className="flex flex-1 flex-col items-center justify-end px-6 pt-6 pb-5 text-center">
      <h1 className="text-2xl font-semibold tracking-tight text-balance">
        What would you like to know?
      </h1>
      <p className="mt-2 max-w-md text-sm text-balance text-soft">
        A chat over tRPC and Prisma. Reload the page in the middle of an answer, and it goes on.
      </p>
    </div>
  );
}

export function Suggestions({ onChoose }: { readonly onChoose: (text: string) => void }) {
  return (
    <div className="flex-1 px-3 pb-5 md:px-6">
      <ul className="mx-auto grid max-w-172 gap-2 sm:grid-cols-2">
        {suggestions.map(({ title, text }) => (
          <li key={title}>
            <button type="button" className="suggestion" onClick={() => onChoose(text)}>
              <span className="font-medium">{title}</span>
              <span className="text-soft">{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
