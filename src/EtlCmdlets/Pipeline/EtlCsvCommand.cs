using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Engine;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that creates records from CSV.</summary>
public abstract class EtlCsvCommand : EtlSourceCommand
{
    private const string Auto = "Auto";

    /// <summary>The delimiter between fields: one or more characters, Tab, or Auto to detect it. Default: comma.</summary>
    [Parameter(Position = 1)]
    [Alias("Separator")]
    [CharacterArgument(Auto, AllowsSeveral = true)]
    [ArgumentCompleter(typeof(DelimiterCompleter))]
    public string Delimiter { get; set; } = ",";

    /// <summary>Takes delimiter, numbers and dates from -Culture, or else from the session's culture.</summary>
    [Parameter]
    public SwitchParameter UseCulture { get; set; }

    /// <summary>The quote character around fields; '' for none. Default: the double quote.</summary>
    [Parameter]
    [CharacterArgument(AllowsNone = true)]
    [AllowEmptyString]
    public string Quote { get; set; } = "\"";

    /// <summary>The character that escapes a quote inside quotes. Default: a second quote. With -Quote '' it enables the escapes of COPY
    /// and mysqldump.</summary>
    [Parameter]
    [CharacterArgument]
    public string? Escape { get; set; }

    /// <summary>The line end of rows. Default: that of the first row; a row with another line end is a failed record.</summary>
    [Parameter]
    public EtlNewLine NewLine { get; set; }

    /// <summary>The character that begins a comment line. Default: none.</summary>
    [Parameter]
    [CharacterArgument]
    public string? Comment { get; set; }

    /// <summary>Lines to skip before the header. Default 0.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int SkipRows { get; set; }

    /// <summary>Rows to leave out at the end, whatever they contain. Default 0.</summary>
    [Parameter]
    [ValidateRange(0, 1000000)]
    public int SkipLast { get; set; }

    /// <summary>Rows to skip after the header, for example a row of units. Default 0.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int SkipAfterHeader { get; set; }

    /// <summary>A regular expression for the text of the header row; the rows before the first match are skipped.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? HeaderPattern { get; set; }

    /// <summary>Skips rows that equal the header, as in a file that was joined from several.</summary>
    [Parameter]
    public SwitchParameter SkipRepeatedHeader { get; set; }

    /// <summary>Reads a file without a header row as a file without records, instead of as an error.</summary>
    [Parameter]
    public SwitchParameter AllowEmptyFile { get; set; }

    /// <summary>Removes blanks around fields.</summary>
    [Parameter]
    public SwitchParameter Trim { get; set; }

    /// <summary>The first row is data; the columns are named col_0, col_1 and so on.</summary>
    [Parameter]
    [Alias("NoHeaderRow")]
    public SwitchParameter NoHeader { get; set; }

    /// <summary>The columns' names; the first row is then data.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Header { get; set; }

    /// <summary>The columns to read, in this order. Default: all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] Column { get; set; } = [];

    /// <summary>Other names for columns: @{ 'Order No' = 'order_id' }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Rename { get; set; } = new Hashtable();

    /// <summary>What to do with a header that has a name twice. Default: refuse the file.</summary>
    [Parameter]
    public DuplicateHeaderBehavior DuplicateHeaderBehavior { get; set; }

    /// <summary>What to do with a row of too few or too many fields: Fail, Pad, Truncate, DropEmpty, or several of them. Default:
    /// Fail.</summary>
    [Parameter]
    public MismatchedFieldAction MismatchedFieldAction { get; set; }

    /// <summary>The types of columns: @{ amount = 'decimal'; ordered_at = 'datetime' }. Other columns stay text.</summary>
    [Parameter]
    [ValidateNotNull]
    [ColumnTypesArgument]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Type { get; set; } = new Hashtable();

    /// <summary>What to do if a file lacks a column that -Column, -Rename or -Type names. Default: refuse the file.</summary>
    [Parameter]
    public MissingColumnAction MissingColumnAction { get; set; }

    /// <summary>Infers the types of columns without -Type from the first records.</summary>
    [Parameter]
    public SwitchParameter InferType { get; set; }

    /// <summary>The culture of numbers and dates. Default: the invariant culture.</summary>
    [Parameter]
    [CultureArgument]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(CultureCompleter))]
    public CultureInfo Culture { get; set; } = CultureInfo.InvariantCulture;

    /// <summary>The formats of dates and timestamps. Default: ISO 8601, and the culture's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] DateTimeFormat { get; set; } = [];

    /// <summary>The time zone of timestamps without an offset. Default: UTC.</summary>
    [Parameter]
    [TimeZoneArgument]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(TimeZoneCompleter))]
    public TimeZoneInfo TimeZone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>Notations in which numbers are accepted, in addition to the plain one: Parentheses, TrailingSign, Currency, Percent,
    /// Groups, Any.</summary>
    [Parameter]
    public EtlNumberNotation NumberNotation { get; set; }

    /// <summary>The texts that mean true in a bool column, instead of the usual ones.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[] TrueValue { get; set; } = [];

    /// <summary>The texts that mean false in a bool column, instead of the usual ones.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[] FalseValue { get; set; } = [];

    /// <summary>Texts that mean null in every column.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[] NullValue { get; set; } = [];

    /// <summary>Reads an empty field as null without quotes, and as '' with quotes.</summary>
    [Parameter]
    public SwitchParameter DistinguishEmptyFromNull { get; set; }

    /// <summary>The columns that identify a record. Default: source and line.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] IdColumn { get; set; } = [];

    /// <summary>The longest field, in bytes. Default 16 MiB.</summary>
    [Parameter]
    [ValidateRange(1, CsvOptions.LargestMaxFieldBytes)]
    public int MaxFieldBytes { get; set; } = CsvOptions.DefaultMaxFieldBytes;

    internal override bool HasFixedColumns => true;

    /// <summary>How the text is read and converted.</summary>
    private protected virtual CsvOptions Options => new()
    {
        Delimiter = UseCulture ? ListSeparator() : Delimiter == Auto ? null : Delimiter,
        Quote = Character(Quote),
        Escape = Character(Escape),
        NewLine = (CsvNewLine)NewLine,
        Comment = Character(Comment),
        SkipRows = SkipRows,
        SkipLast = SkipLast,
        SkipAfterHeader = SkipAfterHeader,
        HeaderPattern = HeaderPattern is null ? null : Pattern(HeaderPattern),
        SkipRepeatedHeader = SkipRepeatedHeader,
        AllowEmptyFile = AllowEmptyFile,
        Trim = Trim,
        NoHeader = NoHeader,
        Header = Header,
        Columns = Column,
        Rename = ColumnArguments.Names(Rename, nameof(Rename)),
        DuplicateHeaders = (DuplicateHeaders)DuplicateHeaderBehavior,
        MismatchedFields = (MismatchedFields)MismatchedFieldAction,
        Types = ColumnArguments.Types(Type, nameof(Type)),
        MissingColumns = (MissingColumns)MissingColumnAction,
        InferTypes = InferType,
        Conversion = new ConversionOptions
        {
            Culture = UseCulture ? GivenOrSessionCulture : Culture,
            DateTimeFormats = DateTimeFormat,
            TimeZone = TimeZone,
            NumberNotation = (NumberNotations)NumberNotation,
            TrueValues = TrueValue,
            FalseValues = FalseValue,
        },
        NullValues = NullValue,
        DistinguishEmptyFromNull = DistinguishEmptyFromNull,
        IdColumns = IdColumn,
        MaxFieldBytes = MaxFieldBytes,
    };

    private protected override RecordStage OpenSource(IReadOnlyList<SourceFile> files) =>
        new CsvSource(MyInvocation.MyCommand.Name, Options, files, SizeOfStage, Context.Run.Time);

    private CultureInfo GivenOrSessionCulture =>
        IsGiven(nameof(Culture)) ? Culture : CultureInfo.CurrentCulture;

    private static Regex Pattern(string pattern)
    {
        try
        {
            return RulePattern.Compile(pattern);
        }
        catch (ArgumentException e)
        {
            throw Invalid($"-HeaderPattern is not a regular expression: {e.Message}");
        }
    }

    private static char? Character(string? text) => string.IsNullOrEmpty(text) ? null : text[0];

    private string ListSeparator()
    {
        if (IsGiven(nameof(Delimiter)))
            throw Invalid("-Delimiter and -UseCulture cannot be used together.");
        CultureInfo culture = GivenOrSessionCulture;
        string separator = culture.TextInfo.ListSeparator;
        return separator.Length > 0 ? separator : throw Invalid($"-UseCulture: {culture.Name} has no list separator. Use -Delimiter.");
    }

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
