/** What the demo shows before a chat's first message. */
export const welcome = {
  title: "What would you like to know?",
  text: "Chat over tRPC and Prisma. Reload the page mid-answer, and it picks up where it left off.",
};

export const suggestions = [
  { title: "Mount the router", text: "How do I mount the chat router in my tRPC app?" },
  { title: "Survive a crash", text: "What happens when the process is killed?" },
  { title: "Open two tabs", text: "What happens if I open a second tab?" },
  { title: "Approve a tool", text: "Send feedback: I like that you ask first" },
];
