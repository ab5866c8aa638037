import { HomeScreen } from "../ui/home-screen.tsx";

export default function HomePage() {
  return <HomeScreen />;
}
