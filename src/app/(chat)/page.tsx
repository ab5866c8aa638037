import { HomeScreen } from "./home-screen.tsx";

export default function HomePage() {
  return <HomeScreen />;
}
