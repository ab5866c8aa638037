import { RotateCcw } from "lucide-react";
import { Button } from "./button.tsx";

export function RetryButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <Button onClick={onClick}>
      <RotateCcw aria-hidden />
      Retry
    </Button>
  );
}
