using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

public abstract class CsvCommand : PSCmdlet
{
    [Parameter]
    public char Delimiter { get; set; } = ',';
}

public abstract class CsvWriterCommand : CsvCommand
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    [Parameter]
    [Alias("UQ")]
    [ValidateSet("Always", "AsNeeded", "Never")]
    public string UseQuotes { get; set; } = "Always";

    // The real command's switch of old scripts; no type line is the rule since version 6.
    [Parameter]
    [Alias("NTI")]
    public SwitchParameter NoTypeInformation { get; set; }

    [Parameter]
    public SwitchParameter NoHeader { get; set; }

    private protected string[]? Columns { get; set; }

    private protected string HeaderLine() => CsvText.Line(Columns!, Delimiter, UseQuotes);

    private protected string ValueLine()
        => CsvText.Line(Columns!.Select(c => InputObject.Properties[c]?.Value is { } value ? PSObject.AsPSObject(value).ToString() : null), Delimiter, UseQuotes);

    private protected string[] ColumnsOfInput() => InputObject.BaseObject is System.Collections.IDictionary map
        ? [.. map.Keys.Cast<object>().Select(k => $"{k}")]
        : [.. InputObject.Properties.Select(p => p.Name)];

    private protected void UnwrapDictionary()
    {
        if (InputObject.BaseObject is System.Collections.IDictionary map)
        {
            var bag = new PSObject();
            foreach (System.Collections.DictionaryEntry entry in map)
                bag.Properties.Add(new PSNoteProperty($"{entry.Key}", entry.Value));
            InputObject = bag;
        }
    }
}

[Cmdlet(VerbsData.ConvertTo, "Csv")]
public sealed class ConvertToCsvCommand : CsvWriterCommand
{
    protected override void ProcessRecord()
    {
        UnwrapDictionary();
        if (Columns is null)
        {
            Columns = ColumnsOfInput();
            if (!NoHeader)
                WriteObject(HeaderLine());
        }

        WriteObject(ValueLine());
    }
}

[Cmdlet(VerbsData.Export, "Csv", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class ExportCsvCommand : CsvWriterCommand, IDisposable
{
    private StreamWriter? _writer;

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = "";

    [Parameter]
    [TextEncoding]
    public Encoding Encoding { get; set; } = TextEncoding.Default;

    [Parameter]
    public SwitchParameter Append { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    protected override void BeginProcessing()
    {
        bool literal = ParameterSetName == "LiteralPath";
        string path = literal ? LiteralPath : Path;
        if (!ShouldProcess(path))
            return;
        if (Append)
            Columns = ExistingColumns(Paths.ForWriting(this, path, literal));
        _writer = TextFiles.OpenWrite(this, path, literal, Encoding, Append, NoClobber, Force);
    }

    protected override void ProcessRecord()
    {
        if (_writer is null)
            return;
        UnwrapDictionary();
        if (Columns is null)
        {
            Columns = ColumnsOfInput();
            if (!NoHeader)
                _writer.WriteLine(HeaderLine());
        }

        _writer.WriteLine(ValueLine());
    }

    protected override void EndProcessing() => _writer?.Dispose();

    public void Dispose() => _writer?.Dispose();

    private string[]? ExistingColumns(string file)
    {
        if (!File.Exists(file))
            return null;
        using var reader = new StreamReader(file, Encoding);
        return CsvText.Records(reader, Delimiter).FirstOrDefault()?.Select(v => v ?? "").ToArray();
    }
}

public abstract class CsvReaderCommand : CsvCommand
{
    [Parameter(Position = 1)]
    public string[]? Header { get; set; }

    private protected IEnumerable<PSObject> Read(TextReader text)
    {
        string[]? columns = Header;
        foreach (string?[] record in CsvText.Records(text, Delimiter))
        {
            if (columns is null)
            {
                columns = [.. record.Select((name, i) => string.IsNullOrEmpty(name) ? $"H{i + 1}" : name)];
                continue;
            }

            var row = new PSObject(columns.Length);
            for (int i = 0; i < columns.Length; i++)
                row.Properties.Add(new PSNoteProperty(columns[i], i < record.Length ? record[i] : null));
            yield return row;
        }
    }
}

[Cmdlet(VerbsData.ConvertFrom, "Csv")]
public sealed class ConvertFromCsvCommand : CsvReaderCommand
{
    private readonly StringBuilder _text = new();

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string[] InputObject { get; set; } = [];

    protected override void ProcessRecord() => _text.AppendJoin('\n', InputObject).Append('\n');

    protected override void EndProcessing()
    {
        using var reader = new StringReader(_text.ToString());
        WriteObject(Read(reader), enumerateCollection: true);
    }
}

[Cmdlet(VerbsData.Import, "Csv", DefaultParameterSetName = "Path")]
public sealed class ImportCsvCommand : CsvReaderCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Path")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    [TextEncoding]
    public Encoding Encoding { get; set; } = TextEncoding.Default;

    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string file in (literal ? LiteralPath : Path).SelectMany(p => Paths.ForReading(this, p, literal)))
        {
            using StreamReader? reader = Open(file);
            if (reader is not null)
                WriteObject(Read(reader), enumerateCollection: true);
        }
    }

    private StreamReader? Open(string file)
    {
        try
        {
            return new StreamReader(file, Encoding);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(e, "FileOpenFailure", ErrorCategory.OpenError, file));
            return null;
        }
    }
}
