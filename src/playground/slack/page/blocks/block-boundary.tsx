import { Component, type ReactNode } from "react";
import { UnknownBlock } from "./unknown-block.tsx";

interface Props {
	block: unknown;
	children: ReactNode;
}

/** A block of a shape that nobody foresaw costs only itself. */
export class BlockBoundary extends Component<Props, { failed: boolean }> {
	override state = { failed: false };

	static getDerivedStateFromError() {
		return { failed: true };
	}

	override render() {
		return this.state.failed ? <UnknownBlock block={this.props.block} /> : this.props.children;
	}
}
