import { FileQuestion } from "lucide-react";
import Link from "next/link";
import { buttonClass } from "./ui/controls/button.tsx";
import { Notice } from "./ui/controls/notice.tsx";

export default function NotFoundPage() {
  return (
    <main className="flex h-dvh">
      <Notice icon={<FileQuestion aria-hidden />} title="Page not found">
        <p>The link may be broken, or the page may have moved.</p>
        <Link href="/" className={buttonClass("primary", "large")}>
          Back to chat
        </Link>
      </Notice>
    </main>
  );
}
