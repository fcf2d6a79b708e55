# bash completion for gongji; installed as share/bash-completion/completions/gongji
_gongji()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' verb='' word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --lang) ((i++)) ;;
            --lang=*) ;;
            *)
                if [[ -z $command ]]; then
                    command=$word
                elif [[ -z $verb ]]; then
                    verb=$word
                fi
                ;;
        esac
    done
    case $prev in
        --lang)
            mapfile -t COMPREPLY < <(compgen -W 'zh en' -- "$cur")
            return
            ;;
    esac
    case $command in
        '')
            mapfile -t COMPREPLY < <(compgen -W 'settle pack help --version --help --lang' -- "$cur")
            ;;
        settle)
            case $prev in
                --pack)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --in | --out)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --format)
                    mapfile -t COMPREPLY < <(compgen -W 'jsonl csv' -- "$cur")
                    ;;
                --threads) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W \
                        '--pack --in --out --explain --text --threads --format --quiet --lang' -- "$cur")
                    ;;
            esac
            ;;
        pack)
            if [[ -z $verb ]]; then
                mapfile -t COMPREPLY < <(compgen -W 'check explain diff' -- "$cur")
            elif [[ $verb == explain && $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--policy --lang' -- "$cur")
            elif [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--lang' -- "$cur")
            elif [[ $prev != --policy ]]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            fi
            ;;
        help)
            mapfile -t COMPREPLY < <(compgen -W 'settle pack exit' -- "$cur")
            ;;
    esac
}
complete -F _gongji gongji
