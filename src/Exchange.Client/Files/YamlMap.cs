using YamlDotNet.RepresentationModel;

namespace Exchange.Client.Files;

/// <summary>A mapping whose keys are all known: it is made by checking them.</summary>
internal sealed class YamlMap
{
    private readonly FileMistakes _mistakes;
    private readonly Dictionary<string, YamlValue> _values = new(StringComparer.Ordinal);
    private readonly YamlMappingNode _node;
    private readonly string _kind;

    /// <summary>Checks the keys.</summary>
    /// <param name="mistakes">Names the file.</param>
    /// <param name="node">The mapping.</param>
    /// <param name="kind">What it describes, for sentences: "column".</param>
    /// <param name="keys">Valid keys; empty when any name may stand there.</param>
    public YamlMap(FileMistakes mistakes, YamlMappingNode node, string kind, params string[] keys)
    {
        _mistakes = mistakes;
        _node = node;
        _kind = kind;
        foreach (var (keyNode, value) in node.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? throw mistakes.At(keyNode, "a key must be a plain word.", "Write 'key: value'.");
            if (keys.Length > 0 && !keys.Contains(key))
            {
                throw mistakes.UnknownWord(keyNode, "key", key, keys);
            }

            _values.Add(key, new YamlValue(mistakes, value, key));
        }
    }

    /// <summary>The entries in the order written.</summary>
    public IEnumerable<KeyValuePair<string, YamlValue>> Entries => _values;

    /// <summary>Names the file.</summary>
    public FileMistakes Mistakes => _mistakes;

    /// <summary>The value of a key, or null when it is not there or empty.</summary>
    public YamlValue? this[string key] => _values.TryGetValue(key, out var value) && !value.IsNull ? value : null;

    /// <summary>The value of a key that must be there.</summary>
    public YamlValue Required(string key) => this[key]
        ?? throw _mistakes.At(_node, $"the {_kind} has no '{key}'.", $"Add '{key}: …'.");

    /// <summary>A mistake of the mapping as a whole.</summary>
    public Exception Wrong(string what, string action) => _mistakes.At(_node, what, action);
}
