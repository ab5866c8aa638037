/**
 * How many messages a chat loads at once. A phone shows few of them, and has to draw and connect each one before it responds;
 * older ones are loaded as the user scrolls to them.
 */
export const pageSize = 20;
