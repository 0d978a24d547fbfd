using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Extract.Csv;

public partial class CsvInferenceTests
{
    private static readonly CsvOptions Infer = new() { InferTypes = true };

    [Theory]
    [InlineData("1 -2 0", typeof(long))]
    [InlineData("1 2.50", typeof(decimal))]
    [InlineData("0.5 -1", typeof(decimal))]
    [InlineData("true FALSE", typeof(bool))]
    [InlineData("2026-11-24 2026-01-01", typeof(DateOnly))]
    [InlineData("2026-11-24 2026-11-24T10:00:00Z", typeof(DateTime))]
    [InlineData("10:30 23:59:59", typeof(TimeOnly))]
    [InlineData("6f9619ff-8b86-d011-b42d-00cf4fc964ff", typeof(Guid))]
    [InlineData("00501 10001", typeof(string))]
    [InlineData("1 007", typeof(string))]
    [InlineData("4111111111111111", typeof(string))]
    [InlineData("+4930123456", typeof(string))]
    [InlineData("555-1234", typeof(string))]
    [InlineData("1e5", typeof(string))]
    [InlineData("12e4", typeof(string))]
    [InlineData("1 x", typeof(string))]
    [InlineData("1/2/2026", typeof(string))]
    [InlineData("y n", typeof(string))]
    [InlineData("1,5", typeof(string))]
    [InlineData("0123456789abcdef0123456789abcdef", typeof(string))]
    public void Read_InferTypes_TakesWhatFitsAllOfTheSample(string values, Type expected)
    {
        string[] rows = values.Split(' ');
        CsvOutcome outcome = CsvReading.Read("a;b\n" + string.Concat(rows.Select(row => $"{row};\n")), Infer with { Delimiter = ";" });
        Assert.Empty(outcome.Failed);
        Assert.All(outcome.Records, record => Assert.IsType(expected, record[0]));
        Assert.All(outcome.Records, record => Assert.Equal("", record[1]));
    }

    [Fact]
    public void Read_InferTypesInACulture_ReadsItsNumbersAndDates()
    {
        var options = Infer with { Delimiter = ";", Conversion = new ConversionOptions { Culture = CultureInfo.GetCultureInfo("de-DE") } };
        Record record = Assert.Single(CsvReading.Read("a;b\n1.234,5;24.11.2026\n", options).Records);
        Assert.Equal(1234.5m, record[0]);
        Assert.Equal(new DateOnly(2026, 11, 24), record[1]);
    }

    [Fact]
    public void Read_ValueBehindTheSampleThatDoesNotFit_IsAFailedRecordThatNamesTheColumn()
    {
        string text = "a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},x\n")) + "n/a,y\n7,z\n";
        CsvOutcome outcome = CsvReading.Read(text, Infer);
        Record failed = Assert.Single(outcome.Failed);
        Assert.Equal(5002, failed.Position.Line);
        Assert.Equal(("ConversionFailed", "a"), (failed.Error!.Code, failed.Error.Column));
        Assert.Contains("-InferType", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal(5001, outcome.Good.Count());
        Assert.Equal(7L, outcome.Records[^1][0]);
    }

    [Theory]
    [InlineData("80331", "01067")]
    [InlineData("80331", "+4930123456")]
    [InlineData("1.5", "1E5")]
    [InlineData("80331", "4111111111111111")]
    [InlineData("1984-02-29", "03/04/1991")]
    [InlineData("1984-02-29", "Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("true", "Y")]
    [InlineData("false", "0")]
    [InlineData("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "0123456789abcdef0123456789abcdef")]
    public void Read_ValueBehindTheSampleOfAnotherShape_IsAFailedRecord(string usual, string late)
    {
        string text = "a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{usual},x\n")) + $"\"{late}\",y\n";
        Record failed = Assert.Single(CsvReading.Read(text, Infer).Failed);
        Assert.Equal((5002L, "ConversionFailed", "a", late), (failed.Position.Line, failed.Error!.Code, failed.Error.Column, failed[0]));
    }

    /// <summary>A value behind the sample is converted to what it is with the type that it would have had in the sample, or fails.</summary>
    [Fact]
    public void Read_InferThenConvert_AgreeOnAnyColumn() =>
        (from usual in GenValue
         from more in GenValue.Array[0, 3]
         from late in GenValue
         from german in Gen.Bool
         select (usual, more, late, german)).Sample(given =>
        {
            CsvOptions options = Infer with { Delimiter = "|", MaxFieldBytes = 1000 };
            if (given.german)
                options = options with { Conversion = new ConversionOptions { Culture = CultureInfo.GetCultureInfo("de-DE") } };
            string[] sample = [given.usual, .. given.more];
            string rows = "a|b\n" + string.Concat(Enumerable.Range(0, 1200).Select(i => $"{sample[i % sample.Length]}|x\n"));
            Record behind = CsvReading.Read($"{rows}{given.late}|y\n", options).Records[^1];
            Type? type = CsvReading.Read(rows, options).Records.Select(record => record[0]?.GetType()).FirstOrDefault(found => found is not null);
            CsvOutcome within = CsvReading.Read($"a|b\n{string.Concat(sample.Select(value => $"{value}|x\n"))}{given.late}|y\n", options);
            Record asSample = within.Records[^1];
            if (behind.Error is null && behind[0] is not null && type != typeof(string))
                Assert.Equal(asSample[0], behind[0]);
            else if (behind.Error is not null)
                Assert.NotEqual(type, asSample[0]!.GetType());
        }, iter: 60);

    /// <summary>A value that an inferred type takes says the same as its text, by a judge of its own; any other is a failed record that keeps it.</summary>
    [Fact]
    public void Read_InferTypesOfAnyText_GivesWhatTheTextSaysOrFails() =>
        (from usual in GenValue
         from more in GenValue.Array[0, 2]
         from late in GenText.Array[1, 40]
         select (usual, more, late)).Sample(given =>
        {
            string[] sample = [given.usual, .. given.more];
            const int sampled = 1100;
            IEnumerable<string> values = Enumerable.Range(0, sampled).Select(i => sample[i % sample.Length]).Concat(given.late).Concat(sample);
            string text = "a,b\n" + string.Concat(values.Select(value => $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\",x\n"));
            CsvOutcome outcome = CsvReading.Read(Encoding.UTF8.GetBytes(text), Infer, stage: CsvReading.TwoWorkers with { BufferSize = 300 });
            Assert.Null(outcome.Fault);
            Type? type = outcome.Records.Take(sampled).Select(record => record[0]?.GetType()).FirstOrDefault(found => found is not null);
            foreach ((string written, Record record) in given.late.Zip(outcome.Records.Skip(sampled)))
            {
                if (record.Error is null)
                    Assert.True(Says(written, record[0], type), $"{type?.Name}: '{written}' became {record[0]}");
                else
                    Assert.Equal((ErrorCodes.ConversionFailed, written), (record.Error.Code, record[0]));
            }
            Assert.All(outcome.Records.TakeLast(sample.Length), record => Assert.Null(record.Error));
        }, iter: 150);

    private static bool Says(string text, object? value, Type? type)
    {
        string trimmed = text.Trim();
        string plain = trimmed.Replace('\u2212', '-');
        return value switch
        {
            null => trimmed.Length == 0 && type != typeof(string),
            string same => same == text,
            long number => plain == number.ToString(CultureInfo.InvariantCulture) || (number == 0 && plain == "-0"),
            decimal number => PlainDecimal().IsMatch(plain) && number == decimal.Parse(plain, NumberStyles.Number, CultureInfo.InvariantCulture),
            bool yes => (yes ? "true yes" : "false no").Split(' ').Contains(trimmed, StringComparer.OrdinalIgnoreCase),
            DateOnly date => trimmed == date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            DateTime time => trimmed.StartsWith(trimmed[..4] + "-", StringComparison.Ordinal)
                && time == DateTimeOffset.Parse(trimmed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime,
            TimeOnly time => time == TimeOnly.Parse(trimmed, CultureInfo.InvariantCulture),
            Guid id => trimmed.Trim('{', '}', '(', ')').Equals(id.ToString("D"), StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
    }

    [GeneratedRegex(@"^-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainDecimal();

    private static readonly Gen<string> GenText = Gen.OneOf(
        Gen.String["0123456789.,-+eE:/ TZ%$()\u00a0\u2212\u0663xn"],
        from value in Gen.OneOf(
            Gen.Int[-99999, 99999].Select(n => n.ToString(CultureInfo.InvariantCulture)),
            OneOf("0.5", "12.30", "2026-01-31", "2026-01-31T10:00:00Z", "12:30", "true", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"))
        from at in Gen.Double[0, 1]
        from letter in Gen.Char["0123456789.,-+eE:/ TZ%$()\u00a0\u2212\u0663x\n"]
        from twice in Gen.Bool
        let place = (int)(at * value.Length)
        select twice ? value.Insert(place, letter.ToString()) : value.Remove(Math.Min(place, value.Length - 1), 1).Insert(Math.Min(place, value.Length - 1), letter.ToString()));

    private static readonly Gen<string> GenValue = Gen.OneOf(
        Gen.Int[-99999, 99999].Select(n => n.ToString(CultureInfo.InvariantCulture)),
        Gen.Decimal[-1000m, 1000m].Select(n => n.ToString("0.##", CultureInfo.InvariantCulture)),
        OneOf("00501", "+49301234567", "1E5", "1e-3", "true", "Y", "no", "0", "1", "", " 7 ", "12:30", "07:15:00"),
        OneOf("2026-01-31", "05/01/2024", "31.01.2026", "2026-01-31T10:00:00Z", "Sun, 06 Nov 1994 08:49:37 GMT", "1.234,5", "1.234"),
        OneOf("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "0123456789abcdef0123456789abcdef", "x", "n/a", "1234567890123456"));

    [Fact]
    public void Read_InferTypes_LeavesGivenTypesAndNullsAlone()
    {
        var options = Infer with { Types = new Dictionary<string, ColumnType> { ["a"] = ColumnType.String }, NullValues = ["NULL"], NoHeader = true };
        options = options with { Types = new Dictionary<string, ColumnType> { ["col_0"] = ColumnType.Double } };
        Assert.Equal([1d, 2L], Values(CsvReading.Read("1,2\n1,NULL\n", options).Records[0]));
        Assert.Equal([1d, null], Values(CsvReading.Read("1,2\n1,NULL\n", options).Records[1]));
    }

    [Fact]
    public void Read_InferTypesOfNothing_GivesNothing() => Assert.Empty(CsvReading.Read("a,b\n", Infer).Records);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static object?[] Values(Record record) => [record[0], record[1]];
}
