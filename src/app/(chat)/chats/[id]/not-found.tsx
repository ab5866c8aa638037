export { ChatNotFound as default } from "../../../ui/chat-not-found.tsx";
