"use client";

const suggestions = [
  { title: "Mount the router", text: "How do I mount the chat router in my tRPC app?" },
  { title: "Survive a crash", text: "What happens when the process is killed?" },
  { title: "Open two tabs", text: "What happens if I open a second tab?" },
  { title: "Approve a tool", text: "Send feedback: I like that you ask first" },
];

export function Suggestions({ onChoose }: { readonly onChoose: (text: string) => void }) {
  return (
    <div className="flex-1 px-3 pb-5 md:px-6">
      <ul className="mx-auto grid max-w-172 gap-2 sm:grid-cols-2">
        {suggestions.map(({ title, text }) => (
          <li key={title}>
            <button type="button" className="suggestion" onClick={() => onChoose(text)}>
              <span className="font-medium">{title}</span>
              <span className="text-muted-foreground">{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
