const greeting =
  /^(hi|hello|hey|hallo|good (morning|afternoon|evening)|servus|hola|bonjour)\b[\s!.,]*(there)?[\s!.]*$/i;
const thanks = /^(thanks?|thank you|thx|great|cool|nice|ok(ay)?|perfect|bye|goodbye)\b[^?]{0,40}$/i;
const aboutItself = /^(help|who are you|what are you|what can (you|i) (do|ask).*)[\s?!.]*$/i;

const introduction = `I am the **offline model** of this demo. I run without a key and without a network, and I know one thing: the documentation of \`node-llm-trpc\`.

Ask me, for example:

- How do I mount the chat router?
- What happens when the process is killed in the middle of an answer?
- How does stop work from another tab?
- Send feedback: it is good that you ask me first

I look things up with a real tool call, so you can also watch how tools are streamed and stored. The last one asks you before it acts.`;

/** An answer that needs no documentation; null when the text is a question about something. */
export function smallTalk(text: string): string | null {
  const trimmed = text.trim();
  if (greeting.test(trimmed)) return `Hello! ${introduction}`;
  if (aboutItself.test(trimmed)) return introduction;
  if (thanks.test(trimmed))
    return "You are welcome. Ask me more about `node-llm-trpc` whenever you like.";
  return null;
}
