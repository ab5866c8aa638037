/** A caller of a `ChatService` with the scope `"everyone"`. */
export const everyone = { ctx: null, scope: {} } as const;
