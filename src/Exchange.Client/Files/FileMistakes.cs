using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using YamlDotNet.RepresentationModel;

namespace Exchange.Client.Files;

/// <summary>Makes the sentences about mistakes in a file a person wrote: always with file and line, where possible with the nearest valid word.</summary>
/// <param name="path">Path of the file; its name stands in the sentence.</param>
internal sealed class FileMistakes(string path)
{
    /// <summary>Full path of the file.</summary>
    public string Path { get; } = path;

    /// <summary>Name of the file, for sentences.</summary>
    public string Name { get; } = System.IO.Path.GetFileName(path);

    /// <summary>A mistake at a node.</summary>
    public ExchangeException At(YamlNode node, string what, string action) => AtLine(node.Start.Line, what, action);

    /// <summary>A mistake at a line, from 1.</summary>
    public ExchangeException AtLine(long line, string what, string action) => Reasons.FileInvalid.Because($"{Name}, line {line}: {what}", action);

    /// <summary>A word that is none of the valid ones.</summary>
    public ExchangeException UnknownWord(YamlNode node, string kind, string word, IReadOnlyCollection<string> valid)
    {
        var shown = Shorten(word);
        return NearestName.Of(word, valid) is { } nearest
            ? At(node, $"unknown {kind} '{shown}' – did you mean '{nearest}'?", $"Write one of: {string.Join(", ", valid)}.")
            : At(node, $"unknown {kind} '{shown}'.", $"Write one of: {string.Join(", ", valid)}.");
    }

    private static string Shorten(string word) => word.Length <= 60 ? word : word[..60] + "…";
}
