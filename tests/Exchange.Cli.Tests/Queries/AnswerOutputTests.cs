using Exchange.Cli.Queries;
using Exchange.Cli.Terminal;
using Exchange.Client.Queries;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Cli.Tests.Queries;

public sealed class AnswerOutputTests
{
    [Fact]
    public void Json_is_the_document_that_scripts_rely_on()
    {
        const string Golden = """
            {"query_id":"00000000000000000000000001","sql":"SELECT \"a\" FROM readings",
            "columns":[{"name":"town","type":"string"},{"name":"n","type":"int"},{"name":"x","type":"double"},{"name":"sum","type":"decimal(38,2)"},{"name":"ok","type":"bool"},{"name":"day","type":"date"},{"name":"moment","type":"timestamp"}],
            "rows":[["嘉兴 \"a\"",9223372036854775807,0.30000000000000004,123456789012345678901234567890.10,true,"2025-01-01","2025-01-01T00:00:00.5Z"],[null,0,1E+300,null,false,"1969-12-31",null]],
            "release":"checked","aggregation":"each","suppressed_cells":3,
            "error_bounds":[null,null],"row_coverage":[{"participants":2,"touching_units":0},{"participants":1,"touching_units":0}],
            "coverage":[{"participant":"alpha","status":"answered","reason":null,"suppressed_cells":3,"rules":["fewer than 10 units"],"dataset_version":2,"receipt":{"seq":4,"leaf":{"event":"query.answered"},"key_id":"0123456789abcdef","inclusion_proof":["AQID"],"checkpoint":"log\n5\n"}},
            {"participant":"beta","status":"refused","reason":"NO_AGREEMENT","message":"There is no agreement.","action":"Request one.","suppressed_cells":0,"rules":[],"receipt":null},
            {"participant":"gamma","status":"unreachable","reason":"UNREACHABLE","message":"It could not be reached.","action":"Ask again.","suppressed_cells":0,"rules":[],"receipt":null}],
            "verified":true,"elapsed_ms":12.3,"notes":["a note"]}
            """;
        Assert.Equal(Golden.ReplaceLineEndings(""), AnswerJson.Of(SampleAnswer.Create()));
    }

    [Fact]
    public void Csv_holds_every_digit()
    {
        using var output = new StringWriter();
        CsvOutput.Write(output, AnswerTable.RowsOf(SampleAnswer.Create().Response));
        Assert.Equal(
            "town,n,x,sum,ok,day,moment\n\"嘉兴 \"\"a\"\"\",9223372036854775807,0.30000000000000004,123456789012345678901234567890.10,true,2025-01-01,2025-01-01T00:00:00.5Z\n,0,1E+300,,false,1969-12-31,\n",
            output.ToString());
    }

    [Fact]
    public void Error_bounds_stand_beside_rows_behind_values_and_in_columns_of_their_own()
    {
        var answer = SampleAnswer.Create();
        answer.Response.Rows[0].ErrorBounds.Add(new ErrorBound { Column = 2, Low = 0.25, High = 0.5 });
        answer.Response.Rows[0].ErrorBounds.Add(new ErrorBound { Column = 1, Low = 1, High = 9, StdError = 2.5 });
        Assert.Contains(
            "\"error_bounds\":[[null,{\"low\":1,\"high\":9,\"std_error\":2.5},{\"low\":0.25,\"high\":0.5,\"std_error\":null},null,null,null,null],null]", AnswerJson.Of(answer), StringComparison.Ordinal);
        using var csv = new StringWriter();
        CsvOutput.Write(csv, AnswerTable.RowsOf(answer.Response));
        var lines = csv.ToString().Split('\n');
        Assert.EndsWith(",moment,n low,n high,x low,x high", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("Z,1,9,0.25,0.5", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("1969-12-31,,,,,", lines[2], StringComparison.Ordinal);
        Assert.Contains("0.3 [0.25, 0.5]", AnswerTable.RowsOf(answer.Response, forPeople: true).Rows[0]);
    }

    [Fact]
    public void People_see_rows_coverage_hidden_cells_by_rule_and_what_checked_means()
    {
        using var output = new StringWriter();
        AnswerTable.Write(output, SampleAnswer.Create());
        var text = output.ToString();
        Assert.Contains("checked: exact answers, no defence against combining them", text, StringComparison.Ordinal);
        Assert.Contains("1 answered, 1 refused, 1 unreachable; 3 cells hidden; receipts verified; 12 ms", text, StringComparison.Ordinal);
        Assert.Contains("fewer than 10 units", text, StringComparison.Ordinal);
        Assert.Contains("NO_AGREEMENT: There is no agreement.", text, StringComparison.Ordinal);
        Assert.Contains("嘉兴", text, StringComparison.Ordinal);
        Assert.Contains("note: a note", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_coverage_ends_with_4_and_still_shows_who_answered()
    {
        var answer = SampleAnswer.Create();
        answer.Response.Rows.Clear();
        answer.Response.Error = new Refusal { Reason = "TOO_LITTLE_COVERAGE", Message = "Too few answered.", Action = "Ask for less." };
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(4, AnswerOutput.Write(new CliSession(output, error, TimeProvider.System), answer));

        Assert.StartsWith("TOO_LITTLE_COVERAGE: Too few answered.\nAsk for less.\n", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("alpha", output.ToString(), StringComparison.Ordinal);
        var json = AnswerJson.Of(answer);
        Assert.Contains("\"error\":{\"reason\":\"TOO_LITTLE_COVERAGE\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"rows\":", json, StringComparison.Ordinal);
        Assert.Contains("\"coverage\":[{\"participant\":\"alpha\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_of_others_do_not_reach_the_terminal()
    {
        var answer = SampleAnswer.Create();
        answer.Response.Rows[0].Values[0].StringValue = "evil\u001b[2J";
        using var output = new StringWriter();
        AnswerTable.Write(output, answer);
        Assert.DoesNotContain("\u001b", output.ToString(), StringComparison.Ordinal);
    }
}
