using System.Runtime.CompilerServices;
using Exchange.Protocol.Errors;
using Exchange.Query.Compilation;

namespace Exchange.Query.Tests.Compilation;

/// <summary>
/// SQL in, plan or refusal out. A golden file holds cases of a question, a line <c>----</c>, the expected text and an empty line.
/// With GOLDEN=write in the environment the files are rewritten, to be reviewed like code.
/// </summary>
public sealed class GoldenTests
{
    private const string Divider = "----";

    public static TheoryData<string> Files() => new(Directory.GetFiles(Folder(), "*.golden").Select(file => Path.GetFileName(file)!).Order());

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_question_gives_its_reviewed_plan_or_refusal(string file)
    {
        var path = Path.Combine(Folder(), file);
        var cases = Read(File.ReadAllText(path));
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            File.WriteAllText(path, string.Join("\n", cases.Select(one => $"{one.Sql}\n{Divider}\n{Outcome(one.Sql)}\n")));
        }

        Assert.NotEmpty(cases);
        Assert.All(Read(File.ReadAllText(path)), one => Assert.Equal(one.Expected, Outcome(one.Sql)));
    }

    private static string Outcome(string sql)
    {
        try
        {
            return QueryCompiler.Compile(sql, [Samples.Readings, Samples.Weather]).Explain();
        }
        catch (ExchangeException error)
        {
            return $"{error.Reason}: {error.Message}\n{error.Action}";
        }
    }

    private static List<(string Sql, string Expected)> Read(string text) => text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(block => block.Trim('\n').Split($"\n{Divider}\n"))
        .Select(parts => (parts[0], parts.Length > 1 ? parts[1] : "")).ToList();

    private static string Folder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "Golden");
}
