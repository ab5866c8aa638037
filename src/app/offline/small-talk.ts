const greeting =
  /^(hi|hello|hey|hallo|good (morning|afternoon|evening)|servus|hola|bonjour)\b[\s!.,]*(there)?[\s!.]*$/i;
const thanks = /^(thanks?|thank you|thx|great|cool|nice|ok(ay)?|perfect|bye|goodbye)\b[^?]{0,40}$/i;
const aboutItself =
  /^(help|what is this|(who|what) are you|which model are you|are you (a |an )?(real |true )?(ai|bot|robot|model|human|person)|what can (you|i) (do|ask).*)[\s?!.]*$/i;

const introduction = `I’m this demo’s **offline model**. I don’t need an API key or a network, and I know one thing well: the \`node-llm-trpc\` documentation.

Try asking:

- How do I mount the chat router?
- What happens when the process is killed mid-answer?
- How do I stop an answer from another tab?
- Send feedback: I like that you ask first

I look things up with real tool calls, so you can watch how they are streamed and stored. The last one asks for your approval first.`;

/** Answers greetings, thanks and questions about itself. Returns null for anything else. */
export function smallTalk(text: string): string | null {
  const trimmed = text.trim();
  if (greeting.test(trimmed)) return `Hello! ${introduction}`;
  if (aboutItself.test(trimmed)) return introduction;
  if (thanks.test(trimmed)) return "You’re welcome! Ask me anything else about `node-llm-trpc`.";
  return null;
}
