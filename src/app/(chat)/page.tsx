import { HomeScreen } from "../ui/conversation/home-screen.tsx";

export default function HomePage() {
  return <HomeScreen />;
}
