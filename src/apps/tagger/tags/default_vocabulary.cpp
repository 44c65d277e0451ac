// The built-in vocabulary. `sluice tag vocabulary` prints it for editing.
#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

std::string_view default_vocabulary_toml() {
    return R"(# Tags for music, ambience and sound effects: the only ones that a model may use.
# Four arrays of texts. A genre is parent:child; a parent alone is a tag only if it is listed as well.
# Case, runs of spaces, and - or _ for a space make no difference.

genre = [
    "ambient:dark", "ambient:drone", "ambient:nature", "ambient:space", "ambient:new age",
    "blues:acoustic", "blues:delta", "blues:electric", "blues:rock",
    "classical:baroque", "classical:chamber", "classical:choral", "classical:contemporary", "classical:opera",
    "classical:orchestral", "classical:piano", "classical:romantic",
    "country:americana", "country:bluegrass", "country:traditional",
    "electronic:ambient", "electronic:breakbeat", "electronic:chillout", "electronic:downtempo", "electronic:drum and bass",
    "electronic:dubstep", "electronic:experimental", "electronic:house", "electronic:idm", "electronic:synthwave",
    "electronic:techno", "electronic:trance",
    "folk:acoustic", "folk:celtic", "folk:medieval", "folk:nordic", "folk:singer songwriter",
    "hip hop:boom bap", "hip hop:instrumental", "hip hop:lofi", "hip hop:trap",
    "jazz:bebop", "jazz:cool", "jazz:fusion", "jazz:latin", "jazz:smooth", "jazz:swing", "jazz:vocal",
    "latin:bossa nova", "latin:flamenco", "latin:reggaeton", "latin:salsa", "latin:tango",
    "metal:black", "metal:death", "metal:doom", "metal:heavy", "metal:progressive", "metal:symphonic",
    "pop:dance", "pop:electro", "pop:indie", "pop:mainstream", "pop:synth",
    "reggae:dub", "reggae:roots", "reggae:ska",
    "rock:alternative", "rock:classic", "rock:hard", "rock:indie", "rock:post rock", "rock:progressive", "rock:psychedelic",
    "rock:punk",
    "soul:funk", "soul:gospel", "soul:motown", "soul:rnb",
    "soundtrack:action", "soundtrack:fantasy", "soundtrack:film", "soundtrack:game", "soundtrack:horror",
    "soundtrack:science fiction", "soundtrack:trailer",
    "sound effect:animal", "sound effect:city", "sound effect:machine", "sound effect:nature", "sound effect:weather",
    "spoken:audiobook", "spoken:comedy", "spoken:interview", "spoken:podcast", "spoken:poetry",
    "world:african", "world:asian", "world:balkan", "world:middle eastern",
]

mood = [
    "adventurous", "aggressive", "angry", "anxious", "bittersweet", "bright", "calm", "carefree", "cheerful", "chilling",
    "dark", "dreamy", "eerie", "elegant", "energetic", "epic", "euphoric", "festive", "gloomy", "groovy",
    "heroic", "hopeful", "humorous", "intense", "intimate", "lonely", "majestic", "melancholic", "menacing", "mysterious",
    "nostalgic", "peaceful", "playful", "rebellious", "relaxed", "romantic", "sad", "sentimental", "solemn", "suspenseful",
    "tender", "tense", "triumphant", "uplifting", "warm", "whimsical",
]

occasion = [
    "background", "barbecue", "battle", "beach", "bedtime", "boss fight", "camping", "celebration", "ceremony", "chase",
    "cleaning", "club", "coffee", "commute", "concert", "cooking", "credits", "dancing", "dinner", "driving",
    "exploration", "focus", "funeral", "gaming", "holiday", "late night", "meditation", "morning", "party", "presentation",
    "rainy day", "reading", "road trip", "romance", "running", "shopping", "sleep", "stealth", "storytelling", "study",
    "sunset", "tavern", "travel", "wedding", "work", "workout", "yoga",
]

keyword = [
    "a cappella", "accordion", "acoustic", "acoustic guitar", "ambience", "analog", "arpeggio", "atmospheric", "bagpipes",
    "banjo", "bass", "beat", "bells", "birds", "brass", "cello", "children", "choir", "chords", "city",
    "clapping", "clarinet", "classic", "climax", "crackle", "crowd", "deep", "delay", "digital", "distortion",
    "double bass", "drone", "drop", "drums", "duet", "echo", "electric guitar", "electric piano", "ensemble", "experimental",
    "falsetto", "fast", "female vocals", "fiddle", "field recording", "fire", "flute", "footsteps", "forest", "french horn",
    "fuzz", "glitch", "groove", "guitar", "hand drum", "harmonica", "harmony", "harp", "harpsichord", "horn",
    "humming", "hypnotic", "improvised", "industrial", "instrumental", "jingle", "kick", "layered", "live", "lofi",
    "loop", "loud", "low", "lute", "lyrics", "machine", "major key", "male vocals", "mandolin", "marimba",
    "medley", "melodic", "metronome", "minimal", "minor key", "modal", "music box", "narration", "night", "noise",
    "ocean", "odd meter", "orchestra", "organ", "pad", "percussion", "piano", "pizzicato", "pluck", "polyphonic",
    "powerful", "pulse", "quartet", "quiet", "rain", "rap", "repetitive", "reverb", "rhythm", "riff",
    "river", "sample", "saxophone", "sequencer", "shaker", "short", "simple", "singing", "sitar", "slow",
    "snare", "soft", "solo", "spoken word", "steady", "storm", "string quartet", "strings", "sustained", "synth bass",
    "synth lead", "synthesizer", "tambourine", "tempo change", "texture", "theremin", "thunder", "timpani", "tone", "traditional",
    "traffic", "tremolo", "trio", "trumpet", "ukulele", "unplugged", "upbeat", "vibraphone", "vinyl", "violin",
    "vocals", "vocoder", "voice", "walking bass", "waltz", "water", "whistle", "wind", "woodwinds", "xylophone",
]
)";
}

}  // namespace sluice::tagger
