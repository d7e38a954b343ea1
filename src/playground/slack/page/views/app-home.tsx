import { BlockScopeProvider } from "../blocks/block-scope-provider.tsx";
import { Blocks } from "../blocks/blocks.tsx";
import { useDesk, useLive } from "../state/desk.ts";

/** What the app has published for this person. */
export function AppHome() {
	const { store, workspace } = useDesk();
	const home = useLive(store, (state) => state.home);
	if (home === null) {
		return (
			<p className="nothing">
				{workspace.app.name} has published nothing for {workspace.me.real_name} yet.
			</p>
		);
	}
	return (
		<div className="app-home">
			<BlockScopeProvider place={{ view_id: home.id }} isLive={true}>
				<Blocks blocks={home.blocks} />
			</BlockScopeProvider>
		</div>
	);
}
