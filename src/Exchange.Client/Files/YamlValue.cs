using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Exchange.Client.Files;

/// <summary>One value with its place in the file, read as what the caller expects there.</summary>
internal sealed class YamlValue(FileMistakes mistakes, YamlNode node, string name)
{
    /// <summary>Nothing is written there.</summary>
    public bool IsNull => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    /// <summary>Whether it is a mapping.</summary>
    public bool IsMap => node is YamlMappingNode;

    /// <summary>A text.</summary>
    public string Text() => node is YamlScalarNode { Value: { } value }
        ? value
        : throw Wrong($"'{name}' must be a text.", "Write one value there.");

    /// <summary>A whole number between the two.</summary>
    public int Int(int min, int max) =>
        int.TryParse(Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Wrong($"'{name}' must be a whole number from {min} to {max}.", "Correct the number.");

    /// <summary>A finite number.</summary>
    public double Number() =>
        double.TryParse(Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Wrong($"'{name}' must be a number.", "Write digits with a point, such as 12.5.");

    /// <summary>A number above <paramref name="min"/> and at most <paramref name="max"/>.</summary>
    public double NumberAbove(double min, double max)
    {
        var value = Number();
        return value > min && value <= max
            ? value
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"'{name}' must be above {min} and at most {max}."), "Correct the number.");
    }

    /// <summary>true or false.</summary>
    public bool Bool() => Text() switch
    {
        "true" => true,
        "false" => false,
        var other => throw mistakes.UnknownWord(node, $"value of '{name}'", other, ["true", "false"]),
    };

    /// <summary>One of the words of an enumeration, as <see cref="Words"/> spells them.</summary>
    /// <param name="kind">What the word names, for the sentence: "role".</param>
    public T Word<T>(string kind)
        where T : struct, Enum =>
        Words.TryParse<T>(Text(), out var value) ? value : throw UnknownWord(kind, Text(), Words.All<T>());

    /// <summary>A list; one value alone counts as a list of one.</summary>
    public IReadOnlyList<YamlValue> List() => node switch
    {
        YamlSequenceNode items => [.. items.Children.Select(item => new YamlValue(mistakes, item, name))],
        YamlScalarNode => [this],
        _ => throw Wrong($"'{name}' must be a list.", $"Write '{name}: [one, two]'."),
    };

    /// <summary>A list of texts.</summary>
    public IEnumerable<string> Texts() => List().Select(item => item.Text());

    /// <summary>A mapping with these keys; any keys when none are given.</summary>
    public YamlMap Map(string kind, params string[] keys) => node is YamlMappingNode map
        ? new YamlMap(mistakes, map, kind, keys)
        : throw Wrong($"'{name}' must hold 'key: value' entries.", keys.Length == 0 ? $"Write '{name}: {{…}}'." : $"Keys are: {string.Join(", ", keys)}.");

    /// <summary>The folder of the file: relative paths begin there.</summary>
    public string Folder => Path.GetDirectoryName(mistakes.Path)!;

    /// <summary>A path, resolved against <see cref="Folder"/>.</summary>
    public string PathOf() => Path.GetFullPath(Text(), Folder);

    /// <summary>A mistake in this value.</summary>
    public Exception Wrong(string what, string action) => mistakes.At(node, what, action);

    /// <summary>A word that is none of the valid ones.</summary>
    public Exception UnknownWord(string kind, string word, IReadOnlyCollection<string> valid) => mistakes.UnknownWord(node, kind, word, valid);
}
