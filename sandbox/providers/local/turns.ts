/** Lets what concerns one name happen one after the other, in the order asked. */
export type InTurn = <T>(name: string, act: () => Promise<T>) => Promise<T>;

export function createTurns(): InTurn {
	const last = new Map<string, Promise<unknown>>();
	return (name, act) => {
		const turn = (last.get(name) ?? Promise.resolve()).then(act, act);
		last.set(name, turn);
		const forget = () => {
			if (last.get(name) === turn) last.delete(name);
		};
		turn.then(forget, forget);
		return turn;
	};
}
