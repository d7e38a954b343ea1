import { useCallback } from "react";
import { useDesk } from "../../state/desk.ts";
import { channelTitle } from "../../state/names.ts";
import type { Conversation, Person } from "../../state/types.ts";
import { Picker } from "../../ui/picker.tsx";
import type { Option, OptionGroup } from "../scope.ts";
import { filterGroups, plainOption, toGroups } from "./choices.ts";
import type { ElementProps } from "./element-props.ts";
import { chosenOf, isMulti, type SelectElement, toValue } from "./select-value.ts";
import { useElement } from "./use-element.ts";

/** Slack asks the app only from this many characters on, unless the element says otherwise. */
const DEFAULT_MIN_QUERY = 3;

/** A menu of options: the element's own, the app's answers while one types, people or channels. */
export function Select(props: ElementProps<SelectElement>) {
	const { element } = props;
	const { people, channels, workspace } = useDesk();
	const { held, isBusy, isLive, choose, suggest } = useElement(props);

	const named = useCallback(
		(id: string): Option => {
			const channel = channels.get(id);
			if (channel !== undefined) return plainOption(id, channelTitle(channel, people, workspace.me.id));
			return plainOption(id, people.get(id)?.real_name ?? id);
		},
		[people, channels, workspace.me.id],
	);

	const isExternal = element.type.endsWith("external_select");
	const minQuery =
		isExternal && "min_query_length" in element ? (element.min_query_length ?? DEFAULT_MIN_QUERY) : 0;
	const load = async (query: string): Promise<OptionGroup[]> => {
		if (isExternal) return query.length < minQuery ? [] : suggest(query);
		return filterGroups(offered(element, [...people.values()], [...channels.values()], named), query);
	};

	return (
		<Picker
			id={props.id}
			placeholder={element.placeholder?.text ?? "Choose an option"}
			chosen={chosenOf(element, held, named)}
			max={isMulti(element) ? (element.max_selected_items ?? Number.POSITIVE_INFINITY) : 1}
			isMulti={isMulti(element)}
			isDisabled={!isLive || isBusy}
			hint={isExternal && minQuery > 0 ? `Type at least ${minQuery} characters` : null}
			hintBelow={minQuery}
			load={load}
			onChange={(chosen) => choose(toValue(element, chosen))}
		/>
	);
}

function offered(
	element: SelectElement,
	people: Person[],
	channels: Conversation[],
	named: (id: string) => Option,
): OptionGroup[] {
	const one = (ids: string[]): OptionGroup[] => [{ label: null, options: ids.map(named) }];
	if (element.type.endsWith("users_select")) {
		return one(people.filter((person) => !person.deleted).map(({ id }) => id));
	}
	if (element.type.endsWith("channels_select")) {
		return one(channels.filter((channel) => !channel.is_im && !channel.is_private).map(({ id }) => id));
	}
	if (element.type.endsWith("conversations_select")) return one(channels.map(({ id }) => id));
	return toGroups(element as { options?: unknown; option_groups?: unknown });
}
