using Exchange.Protocol.Errors;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Exchange.Client.Files;

/// <summary>Opens a YAML file as one mapping; positions are kept so that every mistake can be shown with its line.</summary>
internal static class YamlFile
{
    /// <summary>Largest file, in bytes.</summary>
    public const int BytesMax = 1 << 20;

    /// <summary>Reads the file; its top level must be a mapping of these keys.</summary>
    /// <exception cref="ExchangeException"><c>FILE_MISSING</c> or <c>FILE_INVALID</c>.</exception>
    public static YamlMap Read(string path, string kind, params string[] keys)
    {
        var mistakes = new FileMistakes(System.IO.Path.GetFullPath(path));
        var text = ReadText(mistakes);
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException error)
        {
            throw mistakes.AtLine(error.Start.Line, $"this is not YAML: {FirstSentence(error.Message)}", "Mend the line; spaces, not tabs, make the indentation, and a text with ':' or ',' in it needs quotes.");
        }

        return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root
            ? new YamlMap(mistakes, root, kind, keys)
            : throw mistakes.AtLine(1, $"a {kind} file is one list of 'key: value' lines.", $"Begin with one of: {string.Join(", ", keys)}.");
    }

    private static string ReadText(FileMistakes mistakes)
    {
        try
        {
            var file = new FileInfo(mistakes.Path);
            if (file.Exists && file.Length > BytesMax)
            {
                throw mistakes.AtLine(1, $"the file is larger than {BytesMax >> 10} KiB.", "Keep to what the file is for.");
            }

            return File.ReadAllText(mistakes.Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ExchangeException(Reasons.FileMissing, $"The file {mistakes.Path} cannot be read.", "Check the path and that you may read it.", error);
        }
    }

    private static string FirstSentence(string message)
    {
        var line = message.ReplaceLineEndings("\n").Split('\n')[0].TrimEnd('.');
        return line.Length <= 160 ? line + "." : line[..160] + "…";
    }
}
