using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Client;
using Exchange.Client.Operator;
using Exchange.Protocol.Errors;
using Spectre.Console;

namespace Exchange.Cli.Terminal;

/// <summary>One run of the program: where it writes, how, and which home it means.</summary>
internal sealed class CliSession
{
    private const string HomeVariable = "EXCHANGE_HOME";

    // Wide enough for every table when nobody's window sets a limit.
    private const int RedirectedWidth = 400;

    // One thing's members are read as text, which wraps.
    private const int TextWidth = 120;

    private readonly Option<string?> _homeOption = new("--home")
    {
        Description = $"Home folder of a participant or of the identity server (or {HomeVariable}).",
        HelpName = "DIR",
        Recursive = true,
    };

    private readonly Option<string> _formatOption = new("--format")
    {
        Description = "How results are written: table, json or csv.",
        HelpName = "table|json|csv",
        Recursive = true,
        DefaultValueFactory = _ => "table",
    };

    private string? _home;

    /// <summary>Begins a run.</summary>
    public CliSession(TextWriter output, TextWriter error, TimeProvider time)
    {
        Output = output;
        Error = error;
        Time = time;
        _formatOption.AcceptOnlyFromAmong("table", "json", "csv");
    }

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>Progress, logs and errors.</summary>
    public TextWriter Error { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How results are written.</summary>
    public OutputFormat Format { get; private set; }

    /// <summary>The home the verb is about.</summary>
    /// <exception cref="ExchangeException"><c>USAGE</c> when none is named.</exception>
    public string Home => _home ?? throw Reasons.Usage.Because("No home folder is named.", $"Add `--home DIR`, or set {HomeVariable}.");

    /// <summary>The home the verb may look into, or null when none is named: for verbs that need none.</summary>
    public string? HomeIfNamed => _home;

    /// <summary>Makes --home and --format valid before and after every verb, and --version one plain line.</summary>
    public void AddGlobalOptions(RootCommand root)
    {
        foreach (var version in root.Options.OfType<VersionOption>())
        {
            version.Action = new PrintVersion();
        }

        root.Add(_homeOption);
        root.Add(_formatOption);
    }

    /// <summary>Takes the global options. Mistakes elsewhere on the command line do not matter: they too are reported in the format asked for.</summary>
    public void Read(ParseResult parsed)
    {
        Format = parsed.GetResult(_formatOption)?.Tokens is [var token, ..] ? FormatOf(token.Value) : OutputFormat.Table;
        var home = parsed.GetResult(_homeOption)?.Tokens is [var folder, ..] ? folder.Value : Environment.GetEnvironmentVariable(HomeVariable);
        _home = string.IsNullOrEmpty(home) ? null : Path.GetFullPath(home);
    }

    /// <summary>Connects to the participant's running node.</summary>
    public ExchangeClient ConnectNode() => ExchangeClient.Connect(Home, Time);

    /// <summary>Connects to the running identity server.</summary>
    public OperatorClient ConnectOperator() => OperatorClient.Connect(Home, Time);

    /// <summary>Writes items: in JSON an array with everything, in a table or CSV the named members.</summary>
    public void WriteList(IEnumerable<JsonObject> items, params string[] columns)
    {
        List<JsonObject> all = [.. items];
        if (Format == OutputFormat.Json)
        {
            WriteJson(new JsonArray([.. all]));
            return;
        }

        WriteSheet(new Sheet(columns, [.. all.Select(item => (IReadOnlyList<string>)[.. columns.Select(column => JsonText.Of(item[column]))])]));
    }

    /// <summary>Writes one thing: in JSON the object, else one line per member.</summary>
    public void WriteOne(JsonObject item)
    {
        if (Format == OutputFormat.Json)
        {
            WriteJson(item);
            return;
        }

        WriteSheet(new Sheet(["", ""], [.. item.Select(member => (IReadOnlyList<string>)[Sheet.Heading(member.Key), JsonText.Of(member.Value)])]), TextWidth);
    }

    /// <summary>Writes sentences for people, one after the other, or as CSV one a line.</summary>
    public void WriteSentences(IEnumerable<string> sentences) => WriteSheet(new Sheet([""], [.. sentences.Select(sentence => (IReadOnlyList<string>)[sentence])]), TextWidth);

    /// <summary>Writes one JSON document and ends the line.</summary>
    public void WriteJson(JsonNode document) => Output.WriteLine(document.ToJsonString(JsonText.Options));

    /// <summary>Writes rows for people, or as CSV.</summary>
    /// <param name="sheet">The rows.</param>
    /// <param name="widthMax">Widest a table for people gets, in characters; long texts wrap.</param>
    public void WriteSheet(Sheet sheet, int widthMax = RedirectedWidth)
    {
        if (Format == OutputFormat.Csv)
        {
            CsvOutput.Write(Output, sheet);
        }
        else
        {
            var console = Console(Output);
            console.Profile.Width = Math.Min(console.Profile.Width, widthMax);
            console.Write(sheet.ToTable());
        }
    }

    /// <summary>A console for people on a writer: plain text, without colours and cursor movements, when it is redirected.</summary>
    public static IAnsiConsole Console(TextWriter writer)
    {
        var terminal = (ReferenceEquals(writer, System.Console.Out) && !System.Console.IsOutputRedirected)
            || (ReferenceEquals(writer, System.Console.Error) && !System.Console.IsErrorRedirected);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!terminal)
        {
            console.Profile.Width = RedirectedWidth;
            console.Profile.Capabilities.Unicode = true;
        }

        return console;
    }

    private static OutputFormat FormatOf(string word) => word switch
    {
        "json" => OutputFormat.Json,
        "csv" => OutputFormat.Csv,
        _ => OutputFormat.Table,
    };
}
