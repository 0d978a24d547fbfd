using System.Management.Automation;
using EtlTools.Cmdlets.Runspaces;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads the parameters of Invoke-EtlTransform. What cannot work is refused here, before the first record.</summary>
internal static class TransformArguments
{
    public static TransformOptions Options(InvokeEtlTransformCommand command)
    {
        ConversionContext conversion = command.GivenConversion;
        RuleOptions? ofFile = null;
        if (command.RulePath is { } path)
            (ofFile, conversion) = RuleFile.Read(SessionPath.Full(command.SessionState.Path, path, "-RulePath"), conversion);
        RuleOptions rules = Rules(command, conversion.ToOptions());
        return new TransformOptions
        {
            Trim = command.Trim,
            Defaults = ColumnArguments.Values(command.Default, nameof(command.Default)),
            Renames = ColumnArguments.Names(command.Rename, nameof(command.Rename)),
            MissingColumns = (MissingColumns)command.MissingColumnAction,
            Conversion = conversion,
            Rules = ofFile is null ? rules : rules.Over(ofFile),
            SetColumns = [.. ColumnArguments.Entries(command.SetColumn, nameof(command.SetColumn)).Select(entry =>
                entry.Value is ScriptBlock ? new SetColumn(entry.Column, null, IsComputed: true) : new SetColumn(entry.Column, entry.Value))],
            Expand = command.Expand,
            Columns = command.Column,
            ExcludeColumns = command.ExcludeColumn,
            Hashes = ColumnArguments.Hashes(command.Hash, nameof(command.Hash)),
        };
    }

    public static ScriptBlocks Blocks(InvokeEtlTransformCommand command)
    {
        var blocks = new ScriptBlocks(command) { Arguments = command.ArgumentList ?? [] };
        if (command.FilterScript is { } filter)
            blocks.SetFilter(filter);
        if (command.ScriptBlock is { } block)
            blocks.SetBlock(block);
        foreach ((string column, object? value) in ColumnArguments.Entries(command.SetColumn, nameof(command.SetColumn)))
        {
            if (value is ScriptBlock computed)
                blocks.AddColumn(column, computed);
        }
        if (command.InitializationScript is { } initialization)
            UsingVariables.Read(initialization, nameof(command.InitializationScript), command, blocks.Using);
        return blocks;
    }

    public static WorkerSetup Setup(InvokeEtlTransformCommand command)
    {
        List<FunctionInfo> functions = FunctionArguments.Find(command.Function, command);
        return new WorkerSetup
        {
            LanguageMode = WorkerLanguage.Of(command, [.. command.Blocks, .. functions.Select(function => function.ScriptBlock)]),
            Modules = FunctionArguments.FindModules(command.ImportModule),
            Functions = FunctionBlock.From(functions),
            Initialization = FilterBlock.AstOf(command.InitializationScript),
        };
    }

    private static RuleOptions Rules(InvokeEtlTransformCommand command, ConversionOptions conversion) => new()
    {
        Types = ColumnArguments.Types(command.Type, nameof(command.Type)),
        Required = command.Required,
        RequiredString = command.RequiredString,
        MaxLength = ColumnArguments.Lengths(command.MaxLength, nameof(command.MaxLength)),
        MinLength = ColumnArguments.Lengths(command.MinLength, nameof(command.MinLength)),
        Ranges = ColumnArguments.Ranges(command.Range, nameof(command.Range), conversion),
        Patterns = ColumnArguments.Patterns(command.Pattern, nameof(command.Pattern)),
        AllowedValues = ColumnArguments.Lists(command.AllowedValue, nameof(command.AllowedValue)),
        Unique = ColumnArguments.Combinations(command.Unique, nameof(command.Unique)),
        UniqueLimit = command.UniqueLimit,
    };
}
