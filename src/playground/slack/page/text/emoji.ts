/** Names (the first is the one that is shown) and signs: the emoji that people and apps use most. */
const TABLE = `
grinning 😀|smiley 😃|smile 😄|grin 😁|laughing,satisfied 😆|sweat_smile 😅|rolling_on_the_floor_laughing,rofl 🤣|joy 😂
slightly_smiling_face 🙂|upside_down_face 🙃|wink 😉|blush 😊|innocent 😇|heart_eyes 😍|star-struck 🤩|kissing_heart 😘
yum 😋|stuck_out_tongue 😛|zany_face 🤪|hugging_face,hugs 🤗|thinking_face,thinking 🤔|shushing_face 🤫|face_with_raised_eyebrow 🤨
neutral_face 😐|expressionless 😑|no_mouth 😶|smirk 😏|unamused 😒|face_with_rolling_eyes 🙄|grimacing 😬|relieved 😌|pensive 😔
sleepy 😪|sleeping 😴|mask 😷|nauseated_face 🤢|exploding_head 🤯|partying_face 🥳|sunglasses 😎|nerd_face 🤓|confused 😕|worried 😟
open_mouth 😮|hushed 😯|astonished 😲|flushed 😳|pleading_face 🥺|fearful 😨|cold_sweat 😰|cry 😢|sob 😭|scream 😱|disappointed 😞
sweat 😓|weary 😩|tired_face 😫|yawning_face 🥱|triumph 😤|rage 😡|angry 😠|skull 💀|clown_face 🤡|ghost 👻|alien 👽|robot_face,robot 🤖
saluting_face 🫡|melting_face 🫠|face_holding_back_tears 🥹|see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊
wave 👋|raised_hand,hand ✋|vulcan_salute 🖖|ok_hand 👌|crossed_fingers 🤞|v ✌️|the_horns 🤘|call_me_hand 🤙|point_left 👈|point_right 👉
point_up_2 👆|point_down 👇|point_up ☝️|+1,thumbsup 👍|-1,thumbsdown 👎|fist ✊|facepunch,punch 👊|clap 👏|raised_hands 🙌|heart_hands 🫶
open_hands 👐|handshake 🤝|pray 🙏|writing_hand ✍️|muscle 💪|eyes 👀|eye 👁️|brain 🧠|shrug 🤷|face_palm,facepalm 🤦|bow 🙇
red_heart,heart ❤️|orange_heart 🧡|yellow_heart 💛|green_heart 💚|blue_heart 💙|purple_heart 💜|black_heart 🖤|white_heart 🤍|broken_heart 💔
sparkling_heart 💖|100 💯|boom,collision 💥|dizzy 💫|speech_balloon 💬|thought_balloon 💭|zzz 💤
dog 🐶|cat 🐱|mouse 🐭|fox_face 🦊|bear 🐻|panda_face 🐼|frog 🐸|monkey_face 🐵|chicken 🐔|penguin 🐧|owl 🦉|unicorn_face,unicorn 🦄
bee 🐝|bug 🐛|butterfly 🦋|snail 🐌|beetle 🪲|spider 🕷️|turtle 🐢|snake 🐍|octopus 🐙|whale 🐳|dolphin 🐬|crab 🦀|sloth 🦥
cactus 🌵|evergreen_tree 🌲|palm_tree 🌴|seedling 🌱|four_leaf_clover 🍀|rose 🌹|sunflower 🌻|mushroom 🍄|earth_africa 🌍|earth_americas 🌎
sunny ☀️|partly_sunny ⛅|cloud ☁️|rain_cloud 🌧️|lightning_cloud 🌩️|zap ⚡|snowflake ❄️|fire 🔥|droplet 💧|ocean 🌊|rainbow 🌈|star ⭐|star2 🌟|sparkles ✨|full_moon 🌕
apple 🍎|banana 🍌|watermelon 🍉|strawberry 🍓|avocado 🥑|pizza 🍕|hamburger 🍔|taco 🌮|sushi 🍣|cookie 🍪|doughnut 🍩|cake 🍰|birthday 🎂
coffee ☕|tea 🍵|beer 🍺|beers 🍻|clinking_glasses 🥂|popcorn 🍿|fork_and_knife 🍴
soccer ⚽|basketball 🏀|trophy 🏆|medal,sports_medal 🏅|first_place_medal 🥇|dart 🎯|video_game 🎮|game_die 🎲|jigsaw 🧩|art 🎨|musical_note 🎵|guitar 🎸
rocket 🚀|airplane ✈️|car 🚗|train 🚆|ship 🚢|bike 🚲|construction 🚧|house 🏠|office 🏢|factory 🏭|world_map 🗺️|rotating_light 🚨|traffic_light 🚥
watch ⌚|computer 💻|desktop_computer 🖥️|keyboard ⌨️|floppy_disk 💾|iphone 📱|telephone_receiver 📞|battery 🔋|electric_plug 🔌|bulb 💡|mag 🔍
moneybag 💰|credit_card 💳|gem 💎|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|toolbox 🧰|magnet 🧲|test_tube 🧪|microscope 🔬|telescope 🔭|pill 💊
package 📦|email,envelope ✉️|inbox_tray 📥|outbox_tray 📤|memo,pencil 📝|page_facing_up 📄|bookmark_tabs 📑|bar_chart 📊|chart_with_upwards_trend 📈
chart_with_downwards_trend 📉|calendar 📆|date 📅|card_index 📇|clipboard 📋|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|scissors ✂️|wastebasket 🗑️
lock 🔒|unlock 🔓|key 🔑|shield 🛡️|label 🏷️|books 📚|book 📖|newspaper 📰|bookmark 🔖|gift 🎁|balloon 🎈|tada 🎉|confetti_ball 🎊|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢
alarm_clock ⏰|stopwatch ⏱️|hourglass ⌛|hourglass_flowing_sand ⏳|clock1 🕐|clock3 🕒
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|heavy_plus_sign ➕|heavy_minus_sign ➖
question ❓|grey_question ❔|exclamation,heavy_exclamation_mark ❗|bangbang ‼️|interrobang ⁉️|warning ⚠️|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|recycle ♻️
information_source ℹ️|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_upper_right ↗️|arrows_counterclockwise 🔄|repeat 🔁|leftwards_arrow_with_hook ↩️
arrow_forward ▶️|double_vertical_bar ⏸️|black_square_for_stop ⏹️|fast_forward ⏩|new 🆕|ok 🆗|sos 🆘|up 🆙|cool 🆒|free 🆓|infinity ♾️|copyright ©️|tm ™️
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle,blue_circle 🔵|large_purple_circle 🟣|white_circle ⚪|black_circle ⚫
large_red_square 🟥|large_green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛|small_blue_diamond 🔹|small_orange_diamond 🔸
zero 0️⃣|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|hash #️⃣
checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|thread,spool 🧵|yarn 🧶|ship_it,shipit 🚢`;

const SIGNS = new Map<string, string>();
const NAMES: string[] = [];
for (const entry of TABLE.trim().split(/[|\n]/)) {
	const [names = "", sign = ""] = entry.split(" ");
	for (const [index, name] of names.split(",").entries()) {
		SIGNS.set(name, sign);
		if (index === 0) NAMES.push(name);
	}
}

/** The sign of an emoji name without colons; a skin tone is left out. Null for a name that is not known here. */
export function emojiSign(name: string): string | null {
	return SIGNS.get(name.replace(/::skin-tone-\d$/, "")) ?? null;
}

/** The names that contain `part`, those that begin with it first. */
export function searchEmoji(part: string, limit: number): string[] {
	const wanted = part.toLowerCase();
	const found = [...SIGNS.keys()].filter((name) => name.includes(wanted));
	const begins = (name: string) => (name.startsWith(wanted) ? 0 : 1);
	return (wanted === "" ? NAMES : found.sort((a, b) => begins(a) - begins(b))).slice(0, limit);
}
