import { useCallback, useState } from "react";

const SHOWN_MS = 6_000;

export function useToasts() {
	const [toasts, setToasts] = useState<{ id: number; words: string }[]>([]);
	const say = useCallback((words: string) => {
		const id = Math.random();
		setToasts((shown) => [...shown.filter((toast) => toast.words !== words), { id, words }]);
		setTimeout(() => setToasts((shown) => shown.filter((toast) => toast.id !== id)), SHOWN_MS);
	}, []);
	return { toasts, say };
}
