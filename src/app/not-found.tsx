import { FileQuestion } from "lucide-react";
import Link from "next/link";
import { Notice } from "./ui/controls/notice.tsx";

export default function NotFoundPage() {
  return (
    <main className="flex h-dvh">
      <Notice icon={<FileQuestion aria-hidden />} title="This page does not exist">
        <p>The address may be wrong, or what was here has moved.</p>
        <Link href="/" className="link-button">
          Go to the chat
        </Link>
      </Notice>
    </main>
  );
}
